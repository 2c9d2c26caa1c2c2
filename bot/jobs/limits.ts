/** How much a person and a channel may ask for: places in the queue, and requests in a time. */
import { Fault } from '../../config/faults.ts';
import type { Rate } from '../../config/settings.ts';

export interface LimitSettings {
  readonly waiting: number;
  readonly waitingOfPerson: number;
  readonly personRate: Rate;
  readonly channelRate: Rate;
}

export interface Asker {
  readonly person: string;
  readonly channel: string;
  /** Jobs that wait now: of this person, and in all. */
  readonly waitingOfPerson: number;
  readonly waiting: number;
  /** Nobody is kept waiting by their requests. */
  readonly alone?: boolean;
  /** Milliseconds until the person's first waiting job, or anybody's, begins. */
  readonly untilPersonsNext: () => number;
  readonly untilNext: () => number;
}

export class Limits {
  private readonly settings: LimitSettings;
  private readonly people: Buckets;
  private readonly channels: Buckets;

  constructor(settings: LimitSettings) {
    this.settings = settings;
    this.people = new Buckets(settings.personRate);
    this.channels = new Buckets(settings.channelRate);
  }

  /** Counts a request. @param now milliseconds, on the clock that only goes forward @throws Fault `limit.*`; then nothing was counted */
  admit(asker: Asker, now: number): void {
    const { waiting, waitingOfPerson } = this.settings;
    if (asker.waitingOfPerson >= waitingOfPerson && asker.alone !== true) {
      const retry_after_s = seconds(asker.untilPersonsNext());
      throw new Fault('limit.person_waiting', { limit: waitingOfPerson, retry_after_s });
    }
    if (asker.waiting >= waiting) {
      throw new Fault('limit.all_waiting', { limit: waiting, retry_after_s: seconds(asker.untilNext()) });
    }
    const personWaits = this.people.wait(asker.person, now);
    if (personWaits > 0) throw new Fault('limit.person_rate', { retry_after_s: seconds(personWaits) });
    const channelWaits = this.channels.wait(asker.channel, now);
    if (channelWaits > 0) throw new Fault('limit.channel_rate', { retry_after_s: seconds(channelWaits) });
    this.people.take(asker.person, now);
    this.channels.take(asker.channel, now);
  }
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

const FEW = 1000;

/** Token buckets, one a key, each kept as the one time at which it would be full again (GCRA). */
class Buckets {
  private readonly fullAt = new Map<string, number>();
  private sweepAt = FEW;
  private readonly rate: Rate;

  constructor(rate: Rate) {
    this.rate = rate;
  }

  /** Milliseconds until the key may take; 0 for now. */
  wait(key: string, now: number): number {
    const fullAt = Math.max(this.fullAt.get(key) ?? 0, now);
    return Math.max(0, fullAt - now - (this.rate.burst - 1) * this.rate.every);
  }

  take(key: string, now: number): void {
    this.forgetFull(now);
    this.fullAt.set(key, Math.max(this.fullAt.get(key) ?? 0, now) + this.rate.every);
  }

  /** Full buckets need no memory; looked for only when many have come since the last time. */
  private forgetFull(now: number): void {
    if (this.fullAt.size < this.sweepAt) return;
    for (const [key, fullAt] of this.fullAt) if (fullAt <= now) this.fullAt.delete(key);
    this.sweepAt = Math.max(FEW, 2 * this.fullAt.size);
  }
}
