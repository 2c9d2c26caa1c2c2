/** Tells waiting jobs their place and when it is likely to be their turn, now and then, as the queue moves. */
import { JOBS } from '../../config/defaults.ts';
import type { Clock } from '../clock.ts';
import type { Delivery } from './delivery.ts';
import type { Estimates } from './estimates.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Job } from './job.ts';
import type { Lane } from './lane.ts';
import type { OpenJobs } from './open-jobs.ts';
import type { Workshop } from './workshop.ts';

/** Places beyond this are not kept current, and their jobs not in memory: nobody reads that place 200 became 199. */
const TOLD = 100;

export class Places {
  private readonly parts: {
    readonly jobs: OpenJobs;
    readonly delivery: Delivery;
    readonly estimates: Estimates;
    readonly lanes: readonly Lane[];
    readonly clock: Clock;
  };
  private readonly workshop: () => Workshop;
  private planned = false;

  constructor(parts: Places['parts'], workshop: () => Workshop) {
    this.parts = parts;
    this.workshop = workshop;
  }

  /** The queue has moved: places are told again soon. */
  changed(): void {
    if (this.planned) return;
    this.planned = true;
    this.parts.clock.after(JOBS.placesEvery, () => {
      this.planned = false;
      this.tellAll();
    });
  }

  /** When each waiting job begins, in the order of their turns. @param most only the first so many */
  foresee(most = Number.POSITIVE_INFINITY): Map<string, Forecast> {
    const { jobs, lanes, clock, estimates } = this.parts;
    const order = this.workshop().queue.inOrder(most).slice(0, most);
    const device = lanes[0]?.device ?? 'cpu';
    const durations = order.map(({ id, model }) => {
      const loaded = lanes.some(({ resident }) => resident === model);
      return estimates.picture(jobs.find(id).asked.request, device, loaded);
    });
    const freeIn = lanes.map((lane) =>
      lane.isBusy ? Math.max(0, lane.freeAt - clock.monotonic()) : lane.rest,
    );
    const forecasts = forecast(freeIn, durations);
    return new Map(order.map(({ id }, i) => [id, forecasts[i]!]));
  }

  /** Tells one job its place, as soon as it waits. */
  tell(job: Job): void {
    const found = this.workshop().queue.size > TOLD ? undefined : this.foresee().get(job.id);
    this.parts.jobs.progress(job.id, { phase: 'waiting', ...found });
    this.parts.delivery.show(job.id);
  }

  private tellAll(): void {
    const { jobs, delivery } = this.parts;
    const told = new Set(
      this.workshop()
        .queue.inOrder(TOLD)
        .map(({ id }) => id),
    );
    for (const id of told) jobs.takeUp(id);
    for (const { id, state } of jobs.all) {
      if (state === 'queued' && !told.has(id) && delivery.layAside(id)) jobs.layAside(id);
    }
    for (const [id, found] of this.foresee(TOLD)) {
      jobs.progress(id, { phase: 'waiting', ...found });
      delivery.show(id);
    }
  }
}
