/** A refusal or failure as an HTTP answer: its status, its sentence and code, and when to come back. */
import { faultSentence } from '../../config/fault-sentence.ts';
import { Fault, type FaultCode } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';

const STATUS: { readonly [code in FaultCode]?: number } = {
  'http.not_found': 404,
  'http.method': 405,
  'http.host': 403,
  'http.origin': 403,
  'http.token': 401,
  'http.token_wrong': 401,
  'http.guesses': 429,
  'http.busy': 503,
  'http.streams': 429,
  'http.body_bytes': 413,
  'http.body_type': 415,
  'limit.person_waiting': 429,
  'limit.all_waiting': 429,
  'limit.person_rate': 429,
  'limit.channel_rate': 429,
  'limit.address': 429,
  'job.unknown': 404,
  // Whoever asks for what is gone finds nothing; the code tells it from what never was.
  'job.deleted': 404,
  'job.not_yours': 403,
  'job.over': 409,
  'job.no_picture': 409,
  'job.not_a_draft': 409,
  'service.stopping': 503,
  'disk.full': 503,
  'disk.unwritable': 503,
};

export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly code: string; readonly retry_after_s?: number };
}

/** Where the table says nothing: 400 for what the asker can mend, 500 for what is ours. */
export function answerFault(fault: Fault, language: Language): FaultAnswer {
  const status = STATUS[fault.code] ?? (fault.blame === 'input' ? 400 : 500);
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
