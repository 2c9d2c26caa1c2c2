/**
 * Every way Darkroom refuses or fails, in one table: a stable code, who is at fault, and one sentence fit for
 * a chat. A sentence names the thing, its value and what is allowed. Nothing else in the code writes sentences
 * for people about errors.
 */

/** `input`: the asker can mend it (exit code 2, HTTP 400). `failure`: we or the machine failed (exit code 1, HTTP 500). */
export type Blame = 'input' | 'failure';

interface Entry {
  blame: Blame;
  sentence: (data: never) => string;
}

const input = <D>(sentence: (data: D) => string) => ({ blame: 'input' as const, sentence });
const failure = <D>(sentence: (data: D) => string) => ({ blame: 'failure' as const, sentence });

export const FAULTS = {
  'option.value': input(
    (d: { option: string; value: string; allowed: string }) =>
      `${d.option} is "${d.value}"; allowed: ${d.allowed}.`,
  ),
  'worker.crashed': failure(
    (d: { device: string; cause: string }) => `The picture's worker on ${d.device} stopped (${d.cause}).`,
  ),
  cancelled: failure((_: Record<never, never>) => 'The request was cancelled.'),
} satisfies Record<string, Entry>;

export type FaultCode = keyof typeof FAULTS;
export type FaultData<C extends FaultCode> = Parameters<(typeof FAULTS)[C]['sentence']>[0];

/** An error whose message is its sentence; `data` is for programs, `cause` stays inside (log only). */
export class Fault<C extends FaultCode = FaultCode> extends Error {
  readonly code: C;
  readonly data: FaultData<C>;
  constructor(code: C, data: FaultData<C>, cause?: unknown) {
    super(
      (FAULTS[code].sentence as (d: FaultData<C>) => string)(data),
      cause === undefined ? undefined : { cause },
    );
    this.name = 'Fault';
    this.code = code;
    this.data = data;
  }
  get blame(): Blame {
    return FAULTS[this.code].blame;
  }
}
