/** A refusal or failure as an HTTP answer: its status, its sentence and code, and when to come back. */
import { faultSentence } from '../../config/fault-sentence.ts';
import { Fault, type FaultCode } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';

export type Statuses = Readonly<Record<number, readonly FaultCode[]>>;

const STATUSES: Statuses = {
  401: ['http.token', 'http.token_wrong'],
  403: ['http.host', 'http.origin'],
  404: ['http.not_found'],
  405: ['http.method'],
  413: ['http.body_bytes'],
  415: ['http.body_type'],
  429: ['http.guesses', 'http.streams'],
  503: ['http.busy', 'service.stopping', 'disk.full', 'disk.unwritable'],
};

export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly code: string; readonly retry_after_s?: number };
}

/**
 * Where no table says anything: 400 for what the asker can mend, 500 for what is ours.
 * @param more statuses of faults that not every service has
 */
export function answerFault(fault: Fault, language: Language, more: Statuses = {}): FaultAnswer {
  const tables = [...Object.entries(STATUSES), ...Object.entries(more)];
  const listed = tables.find(([, codes]) => codes.includes(fault.code))?.[0];
  const status = Number(listed ?? (fault.blame === 'input' ? 400 : 500));
  const { retry_after_s } = fault.data as { retry_after_s?: number };
  const again = retry_after_s ?? (status === 503 ? 60 : undefined);
  return {
    status,
    headers: {
      ...(again === undefined ? {} : { 'retry-after': String(again) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="Darkroom"' } : {}),
    },
    body: {
      error: faultSentence(fault, language),
      code: fault.code,
      ...(again === undefined ? {} : { retry_after_s: again }),
    },
  };
}

/** Any error as a fault; what was not foreseen keeps its details for the log. */
export function asFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('pipeline.failed', {}, error);
}
