/**
 * Brings waiting jobs and free devices together. Where it is known how long jobs take, a job goes where it finishes
 * first: a slow device that is free leaves it to a fast one that will be free soon.
 */

import type { Device } from '../devices/device.ts';
import type { Clock } from '../time/clock.ts';
import type { FairQueue, Waiting } from './fair-queue.ts';
import { firstToBegin } from './finish-first.ts';

/**
 * Jobs of the queue that are given out in thought: so many at least, and so many a device. With fewer, a free device that
 * has to load something first would stay idle for ever beside fast ones that could take all of them.
 */
const LOOKED_AT = { least: 64, ofDevice: 16 };
/** Milliseconds after which free devices that left everything to others look again. */
const LOOK_AGAIN = 1_000;

type Match<T> = readonly [Device, Waiting<T> | undefined];

export class Dispatcher<T> {
  readonly devices: readonly Device[];
  readonly queue: FairQueue<T>;
  private readonly clock: Clock;
  private readonly work: (job: Waiting<T>, device: Device) => Promise<void>;
  private paused = false;
  private looksAgain = false;
  private readonly wakeUps = new Map<Device, () => void>();
  private readonly expected: ((job: Waiting<T>, device: Device) => number) | undefined;
  private readonly draws: (job: Waiting<T>, device: Device) => boolean;
  private readonly kindOf: (job: Waiting<T>) => unknown;

  /**
   * @param work does the job on the device; never rejects
   * @param expected milliseconds that the job takes there, loading its model included
   * @param draws whether the device has what the job needs; every device has it without
   * @param kindOf the same for jobs that take equally long wherever they are drawn; each is looked at for itself without
   */
  constructor(
    devices: readonly Device[],
    queue: FairQueue<T>,
    clock: Clock,
    work: (job: Waiting<T>, device: Device) => Promise<void>,
    expected?: (job: Waiting<T>, device: Device) => number,
    draws: (job: Waiting<T>, device: Device) => boolean = () => true,
    kindOf: (job: Waiting<T>) => unknown = (job) => job,
  ) {
    this.devices = devices;
    this.queue = queue;
    this.clock = clock;
    this.work = work;
    this.expected = expected;
    this.draws = draws;
    this.kindOf = kindOf;
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

  /** Waiting jobs go to free devices; where several are free, one that holds the next job's model comes first. */
  private pump(): void {
    if (this.paused || this.queue.size === 0) return;
    const free = new Set<Device>();
    for (const device of this.devices) {
      if (device.isBusy || !device.isReachable) continue;
      if (device.rest > 0) this.pumpAfter(device, device.rest);
      else free.add(device);
    }
    if (free.size === 0) return;
    for (const [device, job] of this.matches(free.size > 1 ? this.holdersFirst(free) : free)) {
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

  /** Which device begins which job: each is begun before the next is looked for. */
  private *matches(free: Set<Device>): Generator<Match<T>> {
    if (this.expected && this.devices.length > 1) yield* this.whereFirst(free, this.expected);
    else for (const device of free) yield [device, this.next(device)];
  }

  private holdersFirst(devices: ReadonlySet<Device>): Set<Device> {
    const { nextModel } = this.queue;
    return new Set([...[...devices].filter(({ held }) => held.includes(nextModel ?? '')), ...devices]);
  }

  /** The job that the device should begin where nothing is known of how long jobs take. */
  private next(device: Device): Waiting<T> | undefined {
    const canDoAll = this.firstJobs().every((job) => this.draws(job, device));
    return canDoAll ? this.queue.take(device.held, this.clock.monotonic()) : this.firstFor(device);
  }

  /**
   * Free devices begin what finishes first on them. One to which all jobs are better off elsewhere looks again later.
   * Every device is looked at once a job that is begun, not once a free device: there may be a hundred.
   */
  private *whereFirst(
    free: Set<Device>,
    expected: (job: Waiting<T>, device: Device) => number,
  ): Generator<Match<T>> {
    const now = this.clock.monotonic();
    const devices = [...free, ...this.devices.filter((device) => !free.has(device))];
    while (free.size > 0) {
      const jobs = this.firstJobs();
      const lanes = devices.map((one) => ({ freeIn: this.freeIn(one, now), isFree: free.has(one) }));
      const found = firstToBegin(lanes, jobs.length, this.expectations(jobs, devices, expected));
      if (found === undefined) break;
      const device = devices[found.lane]!;
      const isNext = found.job === 0 && jobs.every((job) => this.draws(job, device));
      const taken = isNext ? this.queue.take(device.held, now) : this.queue.takeThis(jobs[found.job]!.id);
      free.delete(device);
      yield [device, taken];
    }
    if (free.size === 0) return;
    const left = this.firstJobs();
    for (const device of free) {
      if (!left.some((job) => this.draws(job, device))) yield [device, this.firstFor(device)];
      else this.lookAgain();
    }
  }

  /** How long each of the jobs takes on each of the devices; asked once for jobs of a kind. */
  private expectations(
    jobs: readonly Waiting<T>[],
    devices: readonly Device[],
    expected: (job: Waiting<T>, device: Device) => number,
  ): (job: number, lane: number) => number {
    const byKind = new Map<unknown, number[]>();
    const byJob = jobs.map((job) => {
      const kind = this.kindOf(job);
      const known = byKind.get(kind) ?? [];
      byKind.set(kind, known);
      return known;
    });
    return (job, lane) =>
      (byJob[job]![lane] ??= this.draws(jobs[job]!, devices[lane]!)
        ? expected(jobs[job]!, devices[lane]!)
        : Number.POSITIVE_INFINITY);
  }

  private firstJobs(): Waiting<T>[] {
    const most = Math.max(LOOKED_AT.least, LOOKED_AT.ofDevice * this.devices.length);
    return this.queue.inOrder(most).slice(0, most);
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

  private lookAgain(): void {
    if (this.looksAgain) return;
    this.looksAgain = true;
    this.clock.after(LOOK_AGAIN, () => {
      this.looksAgain = false;
      this.pump();
    });
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
