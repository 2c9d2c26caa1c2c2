/** Tells waiting jobs their place and when it is likely to be their turn, now and then, as the queue moves. */
import { JOBS } from '../../config/defaults.ts';
import type { Device } from '../devices/device.ts';
import type { Delivery } from '../messages/delivery.ts';
import type { Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { Estimates } from './estimates.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Job } from './job.ts';
import type { JobRunner } from './job-runner.ts';

/** Places beyond this are not kept current, and their jobs not in memory: nobody reads that place 200 became 199. */
const TOLD = 100;

export class QueuePositions {
  private readonly dependencies: {
    readonly active: ActiveJobs;
    readonly delivery: Delivery;
    readonly estimates: Estimates;
    readonly devices: readonly Device[];
    readonly clock: Clock;
  };
  private readonly runner: () => JobRunner;
  private planned = false;

  constructor(dependencies: QueuePositions['dependencies'], runner: () => JobRunner) {
    this.dependencies = dependencies;
    this.runner = runner;
  }

  /** The queue has moved: places are told again soon. */
  changed(): void {
    if (this.planned) return;
    this.planned = true;
    this.dependencies.clock.after(JOBS.placesEvery, () => {
      this.planned = false;
      this.tellAll();
    });
  }

  /** When each waiting job begins, in the order of their turns. @param most only the first so many */
  foresee(most = Number.POSITIVE_INFINITY): Map<string, Forecast> {
    const { active, devices, clock, estimates } = this.dependencies;
    const order = this.runner().queue.inOrder(most).slice(0, most);
    const device = devices[0]?.device ?? 'cpu';
    const durations = order.map(({ id, model }) => {
      const loaded = devices.some(({ resident }) => resident === model);
      return estimates.picture(active.find(id).asked.request, device, loaded);
    });
    const freeIn = devices.map((device) =>
      device.isBusy ? Math.max(0, device.freeAt - clock.monotonic()) : device.rest,
    );
    const forecasts = forecast(freeIn, durations);
    return new Map(order.map(({ id }, i) => [id, forecasts[i]!]));
  }

  /** Tells one job its place, as soon as it waits. */
  tell(job: Job): void {
    const found = this.runner().queue.size > TOLD ? undefined : this.foresee().get(job.id);
    this.dependencies.active.progress(job.id, { phase: 'waiting', ...found });
    this.dependencies.delivery.show(job.id);
  }

  private tellAll(): void {
    const { active, delivery } = this.dependencies;
    const told = new Set(
      this.runner()
        .queue.inOrder(TOLD)
        .map(({ id }) => id),
    );
    for (const id of told) active.load(id);
    for (const { id, state } of active.all) {
      if (state === 'queued' && !told.has(id) && delivery.unload(id)) active.unload(id);
    }
    for (const [id, found] of this.foresee(TOLD)) {
      active.progress(id, { phase: 'waiting', ...found });
      delivery.show(id);
    }
  }
}
