/** Where jobs are rendered: begun on a device, watched, their pictures kept; tried again when a worker dies. */
import { JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import type { Progress } from '../card.ts';
import type { Clock } from '../clock.ts';
import type { Delivery } from './delivery.ts';
import type { Disk } from './disk.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Estimates } from './estimates.ts';
import { FairQueue, type Waiting } from './fair-queue.ts';
import { type Job, type KeptFault, mayMove, type StoredRequest } from './job.ts';
import { hasDied, type Lane } from './lane.ts';
import type { Observe } from './observation.ts';
import type { OpenJobs } from './open-jobs.ts';
import type { PictureStore } from './picture-store.ts';

/** Jobs whose pictures wait for the disk; more, and the devices wait as well. */
const KEPT_AT_ONCE = 8;

export interface WorkshopParts {
  readonly jobs: OpenJobs;
  readonly delivery: Delivery;
  readonly store: PictureStore;
  readonly disk: Disk;
  readonly estimates: Estimates;
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly observe: Observe;
  /** Something moved in the queue. */
  readonly onQueueChange: () => void;
}

export class Workshop {
  readonly dispatcher: Dispatcher<string>;
  private readonly parts: WorkshopParts;
  private readonly running = new Map<string, AbortController>();
  /** Finished pictures on their way to the disk. */
  private readonly keeping = new Set<Promise<void>>();
  private stopping = false;

  constructor(parts: WorkshopParts) {
    this.parts = parts;
    this.dispatcher = new Dispatcher(parts.lanes, new FairQueue<string>(JOBS), parts.clock, (waiting, lane) =>
      this.work(waiting, lane),
    );
  }

  get queue(): FairQueue<string> {
    return this.dispatcher.queue;
  }

  /** The job waits for its turn; one that has waited before (`again`) is served first. */
  enqueue(job: Job, again = false): void {
    const waiting: Waiting<string> = {
      id: job.id,
      person: personKey(job.by),
      model: job.asked.request.model.files.checkpoint,
      value: job.id,
      since: this.parts.clock.monotonic(),
    };
    if (again) this.dispatcher.putBack(waiting);
    else this.dispatcher.add(waiting);
    this.parts.onQueueChange();
  }

  /** A job that was cancelled needs no device any more: out of the queue at once, or stopped before its next step. */
  abandon(id: string): void {
    if (this.queue.remove(id) !== undefined) this.parts.onQueueChange();
    this.running.get(id)?.abort();
  }

  /** Nothing new is begun; resolves when what runs has ended. */
  async finish(): Promise<void> {
    this.dispatcher.pause();
    await this.idle();
  }

  /** Ends all workers; what they did goes back to the queue's journal and does not count as an attempt. */
  async close(): Promise<void> {
    this.stopping = true;
    this.dispatcher.pause();
    this.parts.disk.close();
    await Promise.all(this.parts.lanes.map((lane) => lane.close()));
    await this.idle();
  }

  private async idle(): Promise<void> {
    await this.dispatcher.idle();
    await Promise.all(this.keeping);
  }

  private async work({ id }: Waiting<string>, lane: Lane): Promise<void> {
    const { jobs, delivery, clock, observe } = this.parts;
    const queued = jobs.takeUp(id);
    if (queued?.state !== 'queued') return;
    const control = new AbortController();
    this.running.set(id, control);
    const now = clock.now();
    // Of a suspect it must be known that it runs before it can do harm.
    const when = queued.crashes === undefined ? 'soon' : 'now';
    void jobs.move(id, { type: 'start', at: now, device: lane.device }, when);
    observe({ type: 'started', job: id, device: lane.device, ms: Math.max(0, now - queued.createdAt) });
    this.tell(id, { phase: 'starting', total: queued.asked.request.steps });
    delivery.activate(id);
    this.parts.onQueueChange();
    try {
      const result = await this.render(jobs.find(id), lane, control.signal);
      await this.keepInTurn(id, lane, result);
    } catch (error) {
      this.fail(id, lane, error);
    } finally {
      this.running.delete(id);
    }
  }

  private async render(job: Job, lane: Lane, signal: AbortSignal): Promise<PictureResult> {
    const { estimates, clock } = this.parts;
    const { request } = job.asked;
    const loaded = lane.resident === request.model.files.checkpoint;
    lane.freeAt = clock.monotonic() + estimates.picture(request, lane.device, loaded);
    const onEvent = (event: RenderEvent) => this.onEvent(job, lane, event);
    return lane.render(await this.withInit(job), this.silence(request, lane), onEvent, signal);
  }

  /** The disk is slow and the device shall not wait for it, unless too many finished pictures wait already. */
  private async keepInTurn(id: string, lane: Lane, result: PictureResult): Promise<void> {
    while (this.keeping.size >= KEPT_AT_ONCE) await Promise.race(this.keeping);
    const kept = this.keep(id, lane, result)
      .catch((error) => this.fail(id, lane, error))
      .finally(() => this.keeping.delete(kept));
    this.keeping.add(kept);
  }

  private async keep(id: string, lane: Lane, { pictures: files, timings }: PictureResult): Promise<void> {
    const { jobs, delivery, store, disk, estimates, clock, observe } = this.parts;
    const isStillWanted = () => isWanted(jobs.get(id));
    if (!isStillWanted()) return;
    const pictures = await disk.persist(() => store.savePictures(id, files), isStillWanted);
    if (!isStillWanted()) {
      await Promise.all(pictures.map(({ file }) => store.remove(file)));
      return;
    }
    estimates.learn(jobs.find(id).asked.request, lane.device, timings);
    observe({ type: 'rendered', job: id, device: lane.device, ms: timings.total_ms });
    // Recorded together with the intention to post them: one commit instead of two.
    await jobs.move(id, [{ type: 'render', at: clock.now(), pictures, timings }, { type: 'post' }]);
    delivery.conclude(id);
  }

  private fail(id: string, lane: Lane, error: unknown): void {
    const { jobs, delivery, clock, observe } = this.parts;
    const job = jobs.get(id);
    if (job === undefined || !mayMove(job, 'fail')) return;
    const fault = error instanceof Fault ? error : new Fault('pipeline.failed', {}, error);
    if (this.stopping) {
      void jobs.move(id, { type: 'release' });
      return;
    }
    // A worker that says "cancelled" although nobody cancelled was ended from outside.
    if (hasDied(fault) || fault.code === 'cancelled') {
      observe({ type: 'worker_died', job: id, device: lane.device, cause: fault.message });
      if (this.tryAgain(id, fault.message)) return;
    } else {
      observe({ type: 'failed', job: id, code: fault.code, cause: error });
      void jobs.move(id, { type: 'fail', at: clock.now(), fault: keptFault(fault) });
    }
    delivery.conclude(id);
  }

  /** Puts a job whose attempt died back into the queue; false when it has been tried often enough, and so failed. */
  private tryAgain(id: string, cause: string): boolean {
    const { jobs, clock, observe, delivery } = this.parts;
    const { attempts } = jobs.find(id);
    if (attempts < JOBS.attempts) {
      void jobs.move(id, { type: 'retry' });
      this.enqueue(jobs.find(id), true);
      delivery.show(id);
      return true;
    }
    const fault = new Fault('job.gave_up', { attempts, cause });
    observe({ type: 'failed', job: id, code: fault.code });
    void jobs.move(id, { type: 'fail', at: clock.now(), fault: keptFault(fault) });
    return false;
  }

  /** A job that has ended the service so often is not begun again. */
  setAside(id: string, times: number): void {
    const { jobs, clock, observe } = this.parts;
    const fault = new Fault('job.ended_service', { times });
    observe({ type: 'failed', job: id, code: fault.code });
    void jobs.move(id, { type: 'fail', at: clock.now(), fault: keptFault(fault) });
  }

  private onEvent(job: Job, lane: Lane, event: RenderEvent): void {
    const { clock, estimates, observe } = this.parts;
    if (!isWanted(this.parts.jobs.get(job.id))) return;
    const { request } = job.asked;
    if (event.type !== 'step') {
      this.tell(job.id, { phase: event.type, total: request.steps }, event);
      return;
    }
    observe({ type: 'step', job: job.id, device: lane.device, ms: event.ms });
    const rest = Math.max(0, estimates.picture(request, lane.device, true) - request.steps * event.ms);
    const endsIn = (event.total - event.index) * event.ms + Math.min(rest, 2 * event.ms);
    lane.freeAt = clock.monotonic() + endsIn;
    this.tell(job.id, { phase: 'step', index: event.index, total: event.total, endsIn }, event);
  }

  private tell(id: string, progress: Progress, event?: RenderEvent): void {
    this.parts.jobs.progress(id, progress, event);
    this.parts.delivery.show(id, event?.type === 'step' ? event.preview : undefined);
  }

  /** Milliseconds without a sign of life after which the worker is taken to hang. */
  private silence(request: StoredRequest, lane: Lane): number {
    const slowest = this.parts.estimates.slowest(request, lane.device);
    if (slowest === undefined) return JOBS.silenceUnmeasured;
    return Math.max(JOBS.silence, JOBS.silenceFactor * slowest);
  }

  private async withInit({ id, asked }: Job): Promise<PictureRequest> {
    const { init, ...request } = asked.request;
    if (init === undefined) return { ...request, id };
    const image = await this.parts.store.read(init.file);
    if (image === undefined) throw new Fault('job.source_gone', {});
    return { ...request, id, init: { image, strength: init.strength } };
  }
}

/** Cancelled and deleted jobs are rendered on until their next step, but nobody waits for them. */
function isWanted(job: Job | undefined): boolean {
  return job !== undefined && mayMove(job, 'render');
}

function keptFault(fault: Fault): KeptFault {
  return { code: fault.code, data: { ...fault.data } };
}

/** The same human on two surfaces is two persons. */
export function personKey({ surface, id }: { surface: string; id: string }): string {
  return `${surface}:${id}`;
}
