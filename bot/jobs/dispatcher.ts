/** Brings waiting jobs and free devices together. */

import type { Device } from '../devices/device.ts';
import type { Clock } from '../time/clock.ts';
import type { FairQueue, Waiting } from './fair-queue.ts';

export class Dispatcher<T> {
  readonly devices: readonly Device[];
  readonly queue: FairQueue<T>;
  private readonly clock: Clock;
  private readonly work: (job: Waiting<T>, device: Device) => Promise<void>;
  private paused = false;
  private readonly wakeUps = new Map<Device, () => void>();

  /** @param work does the job on the device; never rejects */
  constructor(
    devices: readonly Device[],
    queue: FairQueue<T>,
    clock: Clock,
    work: (job: Waiting<T>, device: Device) => Promise<void>,
  ) {
    this.devices = devices;
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
    await Promise.all(this.devices.map((device) => device.queue.onIdle()));
  }

  /** Each free device pulls its next job; where several are free, one that holds the next job's model goes first. */
  private pump(): void {
    if (this.paused) return;
    const free = this.devices.filter((device) => !device.isBusy);
    for (const device of free.length > 1 ? this.holdersFirst(free) : free) {
      if (this.queue.size === 0) return;
      if (device.rest > 0) {
        this.pumpAfterRest(device);
        continue;
      }
      const job = this.queue.take(device.resident, this.clock.monotonic());
      if (job === undefined) return;
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

  private pumpAfterRest(device: Device): void {
    if (this.wakeUps.has(device)) return;
    const wake = () => {
      this.wakeUps.delete(device);
      this.pump();
    };
    this.wakeUps.set(device, this.clock.after(device.rest, wake));
  }
}
