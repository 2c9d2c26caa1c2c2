/**
 * Every way Darkroom refuses or fails. `config/faults/` has the codes with their data, `config/locales/` the one
 * sentence of each, fit for a chat: it names the thing, its value and what is allowed. Nothing else in the code writes
 * sentences for people about errors.
 */
import { faultSentence } from './fault-sentence.ts';
import type { Blame } from './faults/entry.ts';
import { FAULTS, type FaultCode, type FaultData } from './faults/table.ts';

export type { Blame } from './faults/entry.ts';
export { bytesInWords, partOf, quote } from './faults/in-words.ts';
export { FAULTS, type FaultCode, type FaultData } from './faults/table.ts';

/** An error whose message is its English sentence; `data` is for programs, `cause` stays inside (log only). */
export class Fault<C extends FaultCode = FaultCode> extends Error {
  readonly code: C;
  readonly data: FaultData<C>;
  constructor(code: C, data: FaultData<C>, cause?: unknown) {
    super(faultSentence({ code, data }, 'en'), cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.data = data;
  }
  get blame(): Blame {
    return FAULTS[this.code].blame;
  }
}
