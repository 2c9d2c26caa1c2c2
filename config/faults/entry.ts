/** One way to refuse or fail: who is at fault, who may read of it, and the data from which its sentence is made. */
import type { Language } from '../languages.ts';
import type { MessageValues } from '../messages.ts';

/** `input`: the asker can mend it (exit code 2, HTTP 400). `failure`: we or the machine failed (exit code 1, HTTP 500). */
export type Blame = 'input' | 'failure';

/** Values that a sentence takes in place of data, or beside it, since they are said in another way. */
export type InWords<D> = (data: D, language: Language) => MessageValues;

export interface Entry<D> {
  readonly blame: Blame;
  /** Only whoever runs Darkroom reads of it, in a terminal or a log, where English is spoken. */
  readonly operators: boolean;
  readonly inWords?: InWords<D>;
}

type Nothing = Record<never, never>;

export const input = <D = Nothing>(inWords?: InWords<D>) => entry<D>('input', false, inWords);
export const failure = <D = Nothing>(inWords?: InWords<D>) => entry<D>('failure', false, inWords);

/** The same for what no chat and no page tells. */
export const operators = {
  input: <D = Nothing>(inWords?: InWords<D>) => entry<D>('input', true, inWords),
  failure: <D = Nothing>(inWords?: InWords<D>) => entry<D>('failure', true, inWords),
};

function entry<D>(blame: Blame, forOperators: boolean, inWords?: InWords<D>): Entry<D> {
  return { blame, operators: forOperators, ...(inWords && { inWords }) };
}
