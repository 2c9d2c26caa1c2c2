/** A clock that jumps from one due moment to the next: an hour of a hundred cards passes in seconds. */
import type { Clock } from '../../bot/time/clock.ts';

interface Timer {
  readonly at: number;
  /** Of equal moments, whoever was set first is due first. */
  readonly order: number;
  readonly then: () => void;
  stopped: boolean;
}

/** Turns of the event loop after which everything that follows from a moment has happened. */
const TURNS = 3;

export class VirtualClock implements Clock {
  private time = 0;
  private count = 0;
  /** A binary heap: the earliest is at 0. */
  private readonly heap: Timer[] = [];

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms), order: this.count++, then, stopped: false };
    this.push(timer);
    return () => {
      timer.stopped = true;
    };
  }

  /** Lets time pass until then; what falls due happens in order, with everything that follows from it. */
  async runUntil(end: number): Promise<void> {
    await settle();
    while (this.heap.length > 0 && this.heap[0]!.at <= end) {
      this.time = this.heap[0]!.at;
      while (this.heap[0]?.at === this.time) {
        const { stopped, then } = this.pop();
        if (!stopped) then();
      }
      await settle();
    }
    this.time = end;
  }

  private push(timer: Timer): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, timer)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  private pop(): Timer {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Promises and the turns in which the dispatcher looks again; no time passes. */
async function settle(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}
