/**
 * Which events may have come too late to be answered. A platform stamps an event when it happens and waits a few seconds
 * for the answer; events of a cut connection are told again when it is resumed. The machine's own clock may be minutes
 * away from the platform's: what is compared is how long one event took to get here, and how long the quickest did.
 */
import type { Clock } from '../time/clock.ts';

/** Milliseconds of delay beyond the quickest event's that leave little of three seconds. */
const SLOW = 2_000;

export class Lateness {
  private readonly clock: Clock;
  private readonly replaying = new Set<number>();
  private readonly doubtful = new WeakSet<object>();
  /** Milliseconds that the quickest event took, and the difference of the two clocks, which nobody knows. */
  private quickest = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A connection is being resumed: what it tells now happened a while ago. */
  replays(connection: number, isSo: boolean): void {
    if (isSo) this.replaying.add(connection);
    else this.replaying.delete(connection);
  }

  /** @param sentAt milliseconds by the platform's clock */
  note(event: object, sentAt: number, connection: number): void {
    const took = this.clock.monotonic() - sentAt;
    this.quickest = Math.min(this.quickest, took);
    if (this.replaying.has(connection) || took - this.quickest > SLOW) this.doubtful.add(event);
  }

  /** The platform is to be asked first whether anybody still waits for this. */
  isDoubtful(event: object): boolean {
    return this.doubtful.has(event);
  }
}
