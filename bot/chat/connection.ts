/** A chat's connection to its platform: tried until it is there or is ended, and meanwhile it says why it is not. */
import type { Log } from '../ops/log.ts';
import type { Clock } from '../time/clock.ts';
import { retry } from '../time/retry.ts';

export class Connection {
  private readonly name: string;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly ended = new AbortController();
  /** What an outage is called: another thing once it was there. */
  private outage: string;
  private why: string | undefined;

  /** @param name of the platform */
  constructor(name: string, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.name = name;
    this.clock = clock;
    this.log = log;
    this.outage = `${name} is not connected yet`;
    this.why = this.outage;
  }

  /** Why it is not there; undefined once it is. */
  get problem(): string | undefined {
    return this.why;
  }

  /** Aborted once it is ended. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Connects, however long that takes. */
  begin(connect: () => Promise<void>): void {
    connect().catch((cause: unknown) => this.log.error(`${this.name} cannot be used`, { cause }));
  }

  /**
   * Tries something until it works.
   * @param refusal for the operator, where the platform will hardly think better of it; undefined for an outage
   * @param wait milliseconds after a refusal, at least
   * @returns whether it worked; false where the connection was ended before
   */
  async until(
    action: () => Promise<unknown>,
    refusal: (cause: unknown) => string | undefined,
    wait = 0,
  ): Promise<boolean> {
    const { signal } = this;
    await retry(action, this.clock, signal, (cause) => {
      const why = refusal(cause);
      this.why = why ?? this.outage;
      if (why === undefined) this.log.warn(`${this.name} cannot be reached`, { cause });
      else this.log.error(why);
      return why === undefined ? 0 : wait;
    });
    return !signal.aborted;
  }

  /** It is there now. */
  established(): void {
    this.outage = `the connection to ${this.name} is interrupted`;
    this.why = undefined;
  }

  /** It was there, and is not now. */
  lost(): void {
    this.why = this.outage;
  }

  end(): void {
    this.ended.abort();
  }
}
