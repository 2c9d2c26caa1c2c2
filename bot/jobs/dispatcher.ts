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
  private readonly draws: (job: Waiting<T>, device: Device) => boolean;

  /**
   * @param work does the job on the device; never rejects
   * @param expected milliseconds that the job takes there, loading its model included
   * @param draws whether the device has what the job needs; every device has it without
   */
  constructor(
    devices: readonly Device[],
    queue: FairQueue<T>,
    clock: Clock,
    work: (job: Waiting<T>, device: Device) => Promise<void>,
    expected?: (job: Waiting<T>, device: Device) => number,
    draws: (job: Waiting<T>, device: Device) => boolean = () => true,
  ) {
    this.devices = devices;
    this.queue = queue;
    this.clock = clock;
    this.work = work;
    this.expected = expected;
    this.draws = draws;
  }

  /** A device is there again, or can do what it could not before. */
  wake(): void {
    this.pump();
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
    const free = this.devices.filter((device) => !device.isBusy && device.isReachable);
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
    const jobs = this.queue.inOrder(LOOKED_AT).slice(0, LOOKED_AT);
    const drawsAll = jobs.every((job) => this.draws(job, device));
    if (!expected || devices.length === 1)
      return drawsAll ? this.queue.take(device.resident, now) : this.firstFor(device);
    const lanes = devices.map((one) => ({ freeIn: this.freeIn(one, now) }));
    const found = jobFor(lanes, devices.indexOf(device), jobs.length, (job, lane) =>
      this.draws(jobs[job]!, devices[lane]!)
        ? expected(jobs[job]!, devices[lane]!)
        : Number.POSITIVE_INFINITY,
    );
    if (found === 0 && drawsAll) return this.queue.take(device.resident, now);
    if (found !== undefined) return this.queue.takeThis(jobs[found]!.id);
    if (!jobs.some((job) => this.draws(job, device))) return this.firstFor(device);
    this.pumpAfter(device, LOOK_AGAIN);
    return undefined;
  }

  /** The next job that the device can do, however many before it are for others. */
  private firstFor(device: Device): Waiting<T> | undefined {
    const found = this.queue.inOrder().find((job) => this.draws(job, device));
    return found && this.queue.takeThis(found.id);
  }

  /** A job that takes longer than expected is expected to take that much longer again. */
  private freeIn(device: Device, now: number): number {
    if (!device.isReachable) return Number.POSITIVE_INFINITY;
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
