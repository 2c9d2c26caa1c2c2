/** A clock that stands still until it is moved, for tests of everything that has to do with time. */
import type { Clock } from '../../bot/clock.ts';

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

export class FakeClock implements Clock {
  /** What has passed, and how far the wall clock is ahead of it. */
  private time = 0;
  private ahead = Date.UTC(2026, 0, 1);
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.ahead + this.time;
  }

  monotonic(): number {
    return this.time;
  }

  /** Somebody sets the wall clock: ahead by so many milliseconds, or back. No time passes. */
  setAhead(ms: number): void {
    this.ahead += ms;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms), then };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Lets time pass; whatever falls due happens in order, with everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.then();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets promises and the next turns of the event loop run, in which commits happen; no time passes. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}
