/**
 * Every way Darkroom refuses or fails, in one table (by subject in `config/faults/`): a stable code, who is at fault, and one sentence fit for
 * a chat. A sentence names the thing, its value and what is allowed. Nothing else in the code writes sentences
 * for people about errors.
 */
import { ASKING } from './faults/asking.ts';
import type { Blame } from './faults/entry.ts';
import { MODELS } from './faults/models.ts';
import { RENDERING } from './faults/rendering.ts';
import { SERVICE } from './faults/service.ts';
import { WEIGHTS } from './faults/weights.ts';

export type { Blame } from './faults/entry.ts';
export { bytesInWords, quote } from './faults/in-words.ts';

export const FAULTS = { ...ASKING, ...MODELS, ...WEIGHTS, ...RENDERING, ...SERVICE };

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
