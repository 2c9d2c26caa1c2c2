/** What a kind of hostile request is: what it does to a running service, and how it is seen that it did no harm. */
import type { Target } from './target.ts';

export interface Kind {
  /** As the line begins: two or three words. */
  readonly name: string;
  /** Which service it is played against: one for this machine only, or one with a password and a chat. */
  readonly against: 'open' | 'locked';
  /** @returns what was answered, in a few words @throws Error where it was not as it must be */
  run(target: Target, short: boolean): Promise<string>;
}

/** @throws Error that names what was expected */
export function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}
