/** Brings waiting jobs and free devices together. */
import type { Clock } from '../clock.ts';
import type { FairQueue, Waiting } from './fair-queue.ts';
import type { Lane } from './lane.ts';

export class Dispatcher<T> {
  readonly lanes: readonly Lane[];
  readonly queue: FairQueue<T>;
  private readonly clock: Clock;
  private readonly work: (job: Waiting<T>, lane: Lane) => Promise<void>;
  private paused = false;
  private readonly wakeUps = new Map<Lane, () => void>();

  /** @param work does the job on the device; never rejects */
  constructor(
    lanes: readonly Lane[],
    queue: FairQueue<T>,
    clock: Clock,
    work: (job: Waiting<T>, lane: Lane) => Promise<void>,
  ) {
    this.lanes = lanes;
    this.queue = queue;
    this.clock = clock;
    this.work = work;
  }

  add(job: Waiting<T>): void {
    this.queue.add(job);
    this.pump();
  }

  putBack(job: Waiting<T>): void {
    this.queue.putBack(job);
    this.pump();
  }

  /** No more jobs are begun. */
  pause(): void {
    this.paused = true;
    for (const stop of this.wakeUps.values()) stop();
  }

  /** Resolves when all that was begun has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.run(async () => {})));
  }

  /** Each free device pulls its next job; where several are free, one that holds the next job's model goes first. */
  private pump(): void {
    if (this.paused) return;
    const free = this.lanes.filter((lane) => !lane.isBusy);
    for (const lane of free.length > 1 ? this.holdersFirst(free) : free) {
      if (this.queue.size === 0) return;
      if (lane.rest > 0) this.pumpAfterRest(lane);
      else this.begin(lane);
    }
  }

  private holdersFirst(lanes: readonly Lane[]): ReadonlySet<Lane> {
    const { nextModel } = this.queue;
    return new Set([...lanes.filter((lane) => lane.resident === nextModel), ...lanes]);
  }

  private begin(lane: Lane): void {
    const job = this.queue.take(lane.resident, this.clock.monotonic());
    if (job === undefined) return;
    void lane
      .run(() => this.work(job, lane))
      // The lane counts as busy until the promise callbacks of its queue have run.
      .finally(() =>
        setImmediate(() => {
          this.queue.done(job.person);
          this.pump();
        }),
      );
  }

  private pumpAfterRest(lane: Lane): void {
    if (this.wakeUps.has(lane)) return;
    const wake = () => {
      this.wakeUps.delete(lane);
      this.pump();
    };
    this.wakeUps.set(lane, this.clock.after(lane.rest, wake));
  }
}
