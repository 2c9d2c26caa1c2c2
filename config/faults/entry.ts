/** One way to refuse or fail: who is at fault, and the sentence made from its data. */

/** `input`: the asker can mend it (exit code 2, HTTP 400). `failure`: we or the machine failed (exit code 1, HTTP 500). */
export type Blame = 'input' | 'failure';

export interface Entry {
  blame: Blame;
  sentence: (data: never) => string;
}

export const input = <D>(sentence: (data: D) => string) => ({ blame: 'input' as const, sentence });
export const failure = <D>(sentence: (data: D) => string) => ({ blame: 'failure' as const, sentence });
