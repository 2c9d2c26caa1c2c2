/**
 * Brings waiting jobs and free devices together. Where it is known how long jobs take, a job goes where it finishes
 * first: a slow device that is free leaves it to a fast one that will be free soon.
 */

import type { Device } from '../devices/device.ts';
import type { Clock } from '../time/clock.ts';
import type { FairQueue, Waiting } from './fair-queue.ts';
import { jobFor } from './finish-first.ts';

/** Jobs of the queue that are given out in thought. */
const LOOKED_AT = 64;
/** Milliseconds after which a free device that left everything to others looks again. */
const LOOK_AGAIN = 1_000;

export class Dispatcher<T> {
  readonly devices: readonly Device[];
  readonly queue: FairQueue<T>;
  private readonly clock: Clock;
  private readonly work: (job: Waiting<T>, device: Device) => Promise<void>;
  private paused = false;
  private readonly wakeUps = new Map<Device, () => void>();
  private readonly expected: ((job: Waiting<T>, device: Device) => number) | undefined;

  /**
   * @param work does the job on the device; never rejects
   * @param expected milliseconds that the job takes there, loading its model included
   */
  constructor(
    devices: readonly Device[],
    queue: FairQueue<T>,
    clock: Clock,
    work: (job: Waiting<T>, device: Device) => Promise<void>,
    expected?: (job: Waiting<T>, device: Device) => number,
  ) {
    this.devices = devices;
    this.queue = queue;
    this.clock = clock;
    this.work = work;
    this.expected = expected;
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
    await Promise.all(this.devices.map((device) => device.queue.onIdle()));
  }

  /** Each free device pulls its next job; where several are free, one that holds the next job's model goes first. */
  private pump(): void {
    if (this.paused) return;
    const free = this.devices.filter((device) => !device.isBusy);
    for (const device of free.length > 1 ? this.holdersFirst(free) : free) {
      if (this.queue.size === 0) return;
      if (device.rest > 0) {
        this.pumpAfter(device, device.rest);
        continue;
      }
      const job = this.next(device);
      if (job === undefined) continue;
      if (this.expected) device.freeAt = this.clock.monotonic() + this.expected(job, device);
      void device.queue
        .add(this.work.bind(undefined, job, device))
        // The device counts as busy until the promise callbacks of its queue have run.
        .finally(() =>
          setImmediate(() => {
            this.queue.done(job.person);
            this.pump();
          }),
        );
    }
  }

  private holdersFirst(devices: readonly Device[]): ReadonlySet<Device> {
    const { nextModel } = this.queue;
    return new Set([...devices.filter((device) => device.resident === nextModel), ...devices]);
  }

  /** The job that a free device should begin; it looks again later where all are better off elsewhere. */
  private next(device: Device): Waiting<T> | undefined {
    const now = this.clock.monotonic();
    const { expected, devices } = this;
    if (!expected || devices.length === 1) return this.queue.take(device.resident, now);
    const jobs = this.queue.inOrder(LOOKED_AT).slice(0, LOOKED_AT);
    const lanes = devices.map((one) => ({ freeIn: this.freeIn(one, now) }));
    const found = jobFor(lanes, devices.indexOf(device), jobs.length, (job, lane) =>
      expected(jobs[job]!, devices[lane]!),
    );
    if (found === 0) return this.queue.take(device.resident, now);
    if (found !== undefined) return this.queue.takeThis(jobs[found]!.id);
    this.pumpAfter(device, LOOK_AGAIN);
    return undefined;
  }

  /** A job that takes longer than expected is expected to take that much longer again. */
  private freeIn(device: Device, now: number): number {
    return device.isBusy ? Math.abs(device.freeAt - now) : device.rest;
  }

  private pumpAfter(device: Device, wait: number): void {
    if (this.wakeUps.has(device)) return;
    const wake = () => {
      this.wakeUps.delete(device);
      this.pump();
    };
    this.wakeUps.set(device, this.clock.after(wait, wake));
  }
}
