/** Tells waiting jobs their positions and when it is likely to be their turn, now and then, as the queue moves. */
import { JOBS } from '../../config/defaults.ts';
import type { Device } from '../devices/device.ts';
import type { Wanted } from '../devices/elsewhere.ts';
import type { Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { Estimates } from './estimates.ts';
import type { JobEvent, JobEvents } from './events.ts';
import type { FairQueue } from './fair-queue.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Job } from './job.ts';

/** Positions beyond this are not kept current, and their jobs not in memory: nobody reads that number 200 became 199. */
const TOLD = 100;

/** After these the queue has other jobs, or in another order. */
const MOVING: ReadonlySet<JobEvent['type']> = new Set([
  'queued',
  'started',
  'retried',
  'released',
  'lost',
  'cancelled',
  'deleted',
]);

/** From now on it is known how long such pictures take. */
function isFirstStep(event: JobEvent): boolean {
  return event.type === 'progress' && event.progress.phase === 'step' && event.progress.index === 1;
}

export interface QueuePositionsDependencies {
  readonly active: ActiveJobs;
  readonly events: JobEvents;
  readonly queue: FairQueue<Wanted>;
  readonly estimates: Estimates;
  readonly devices: readonly Device[];
  readonly clock: Clock;
}

export class QueuePositions {
  private readonly dependencies: QueuePositionsDependencies;
  private planned = false;

  /** Subscribes after the runner, so that a new job stands in the queue already. */
  constructor(dependencies: QueuePositionsDependencies) {
    this.dependencies = dependencies;
    dependencies.events.subscribe((event) => {
      if (MOVING.has(event.type) || isFirstStep(event)) this.tellSoon();
      if (event.type === 'queued') this.tell(event.job);
    });
  }

  get waiting(): number {
    return this.dependencies.queue.size;
  }

  private tellSoon(): void {
    if (this.planned) return;
    this.planned = true;
    this.dependencies.clock.after(JOBS.positionsEvery, () => {
      this.planned = false;
      this.tellAll();
    });
  }

  /** When each waiting job begins, in the order of their turns. @param most only the first so many */
  foresee(most = Number.POSITIVE_INFINITY): Map<string, Forecast> {
    const { active, queue, devices, clock, estimates } = this.dependencies;
    const order = queue.inOrder(most).slice(0, most);
    const device = devices[0]?.device ?? 'cpu';
    const durations = order.map(({ id, model }) => {
      const loaded = devices.some(({ resident }) => resident === model);
      return estimates.picture(active.find(id).asked.request, device, loaded);
    });
    const there = devices.filter(({ isReachable }) => isReachable);
    const freeIn = there.map((device) =>
      device.isBusy ? Math.max(0, device.freeAt - clock.monotonic()) : device.rest,
    );
    const forecasts = forecast(freeIn, durations);
    return new Map(order.map(({ id }, i) => [id, forecasts[i]!]));
  }

  /**
   * The same as it is told to people: no times before something was measured, and no position that is further back than
   * the one that was told before, although somebody else's first request may go before one's third.
   */
  private foreseeToTell(most?: number): Map<string, Partial<Forecast>> {
    const { active, devices, estimates } = this.dependencies;
    const device = devices[0]?.device ?? 'cpu';
    const isMeasured = ({ asked }: Job) => estimates.isMeasured(asked.request, device);
    let areTimesKnown = active.all.every((job) => job.state !== 'running' || isMeasured(job));
    const told = [...this.foresee(most)].map(([id, { position, ...times }]) => {
      areTimesKnown &&= isMeasured(active.find(id));
      const before = active.progressOf(id);
      const last = before?.phase === 'waiting' ? before.position : undefined;
      return [id, { position: Math.min(position, last ?? position), ...(areTimesKnown && times) }] as const;
    });
    return new Map(told);
  }

  /** Tells one job its position, as soon as it waits. */
  private tell({ id }: Job): void {
    const { active, queue } = this.dependencies;
    if (active.get(id)?.state !== 'queued') return;
    const found = queue.size > TOLD ? undefined : this.foreseeToTell().get(id);
    active.progress(id, { phase: 'waiting', ...found });
  }

  private tellAll(): void {
    const { active, queue } = this.dependencies;
    const told = new Set(queue.inOrder(TOLD).map(({ id }) => id));
    for (const id of told) active.load(id);
    for (const { id, state } of active.all) if (state === 'queued' && !told.has(id)) active.unload(id);
    for (const [id, found] of this.foreseeToTell(TOLD)) active.progress(id, { phase: 'waiting', ...found });
  }
}
