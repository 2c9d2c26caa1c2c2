/**
 * Which events may have come too late to be answered. Discord stamps an event's id when it happens and waits three
 * seconds for the answer; events of a cut connection are replayed when it is resumed. The machine's own clock may be
 * minutes away from Discord's: what is compared is how long one event took to get here, and how long the quickest did.
 */
import type { APIInteraction } from 'discord.js';
import type { Clock } from '../clock.ts';
import { sentAt } from './place.ts';

/** Milliseconds of delay beyond the quickest event's that leave little of the three seconds. */
const SLOW = 2_000;

export class Lateness {
  private readonly clock: Clock;
  private readonly replaying = new Set<number>();
  private readonly doubtful = new WeakSet<APIInteraction>();
  /** Milliseconds that the quickest event took, and the difference of the two clocks, which nobody knows. */
  private quickest = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A connection is being resumed: what it tells now happened a while ago. */
  replays(shard: number, isSo: boolean): void {
    if (isSo) this.replaying.add(shard);
    else this.replaying.delete(shard);
  }

  note(interaction: APIInteraction, shard: number): void {
    const took = this.clock.monotonic() - sentAt(interaction.id);
    this.quickest = Math.min(this.quickest, took);
    if (this.replaying.has(shard) || took - this.quickest > SLOW) this.doubtful.add(interaction);
  }

  /** Discord is to be asked first whether anybody still waits for this. */
  isDoubtful(interaction: APIInteraction): boolean {
    return this.doubtful.has(interaction);
  }
}
