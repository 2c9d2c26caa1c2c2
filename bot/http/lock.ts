/** The password: who knows it, who was given a key for having known it, and who is guessing. */
import { LRUCache } from 'lru-cache';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../time/clock.ts';
import { BrowserKeys, isSame } from './browser-keys.ts';

/** Wrong ones that are let be. */
const FEW = 10;
/** Addresses that are remembered: the oldest gives way. */
const MANY = 10_000;
/** Milliseconds from the first wrong one. */
const WINDOW = 60_000;

export interface LockDependencies {
  /** Of this installation; keys are signed with it. */
  readonly secret: Uint8Array;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly clock: Clock;
}

export class Lock {
  readonly keys: BrowserKeys;
  private readonly token: string;
  private readonly guesses: Guesses;

  constructor(token: string, { secret, randomBytes, clock }: LockDependencies) {
    this.token = token;
    this.keys = new BrowserKeys(token, secret, randomBytes);
    this.guesses = new Guesses(clock);
  }

  /**
   * Lets in whoever knows the token.
   * @param given undefined where a key was tried that we did not issue: that is a guess as well
   * @throws Fault `http.token_wrong`, `http.guesses`
   */
  open(given: string | undefined, address: string): void {
    this.guesses.check(address);
    if (given !== undefined && isSame(given, this.token)) return;
    this.guesses.note(address);
    throw new Fault('http.token_wrong', {});
  }
}

/**
 * Wrong passwords of each address, in whatever way they were given: after a few, everything that could be a guess is
 * refused there until the window is over, the right password too, or refusing would be no obstacle.
 */
export class Guesses {
  private readonly wrong = new LRUCache<string, { count: number; readonly until: number }>({ max: MANY });
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @throws Fault `http.guesses` */
  check(address: string): void {
    const { count = 0, until = 0 } = this.wrong.peek(address) ?? {};
    const left = until - this.clock.monotonic();
    if (count >= FEW && left > 0) throw new Fault('http.guesses', { retry_after_s: Math.ceil(left / 1000) });
  }

  note(address: string): void {
    const now = this.clock.monotonic();
    const found = this.wrong.peek(address);
    if (found !== undefined && now < found.until) found.count++;
    else this.wrong.set(address, { count: 1, until: now + WINDOW });
  }
}
