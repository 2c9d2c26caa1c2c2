/** Where jobs are rendered: begun on a device, watched, their pictures kept; tried again when a worker dies. */
import { JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureResult } from '../../pipeline/request.ts';
import { type Device, hasDied } from '../devices/device.ts';
import { isElsewhere, type Wanted } from '../devices/elsewhere.ts';
import type { Disk } from '../store/disk.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Estimates } from './estimates.ts';
import type { JobEvent, JobEvents } from './events.ts';
import type { FairQueue, Waiting } from './fair-queue.ts';
import { canTransition, isSettled, type Job, type KeptFault, type StoredRequest } from './job.ts';
import type { Observe } from './observation.ts';
import { personKey } from './person.ts';
import type { Progress } from './progress.ts';
import { readUploads } from './uploads.ts';

/** Jobs whose pictures wait for the disk; more, and the devices wait as well. */
const KEPT_AT_ONCE = 8;

/** How often a job goes back because its device was out of reach, before that counts as a failed attempt. */
const BACK = 20;

export interface JobRunnerDependencies {
  readonly active: ActiveJobs;
  readonly events: JobEvents;
  readonly queue: FairQueue<Wanted>;
  readonly store: PictureStore;
  readonly disk: Disk;
  readonly estimates: Estimates;
  readonly devices: readonly Device[];
  readonly clock: Clock;
  readonly observe: Observe;
}

export class JobRunner {
  readonly dispatcher: Dispatcher<Wanted>;
  private readonly dependencies: JobRunnerDependencies;
  private readonly running = new Map<string, AbortController>();
  /** How often a job went back to the queue because its device was out of reach. */
  private readonly wentBack = new Map<string, number>();
  /** Finished pictures on their way to the disk. */
  private readonly keeping = new Set<Promise<void>>();
  /** `finishing`: nothing new is begun; `closing`: what runs is ended by us. */
  private ending: 'no' | 'finishing' | 'closing' = 'no';

  constructor(dependencies: JobRunnerDependencies) {
    this.dependencies = dependencies;
    const { devices, queue, clock, events } = dependencies;
    this.dispatcher = new Dispatcher(
      devices,
      queue,
      clock,
      this.work.bind(this),
      this.expected.bind(this),
      this.draws.bind(this),
      this.kindOf.bind(this),
    );
    for (const device of devices) this.welcome(device);
    events.subscribe((event) => this.follow(event));
  }

  private follow({ type, job }: JobEvent): void {
    if (type === 'retried' || type === 'lost') this.enqueue(job, true);
    if (isSettled(job)) this.wentBack.delete(job.id);
    if (type === 'cancelled' || type === 'deleted' || type === 'failed') this.abandon(job.id);
  }

  /** Work goes to the device whenever it comes into reach. */
  welcome(device: Device): void {
    device.subscribe(() => this.dispatcher.wake());
    this.dispatcher.wake();
  }

  /** The job waits for its turn; one that has waited before (`again`) is served first. */
  enqueue(job: Job, again = false): void {
    const waiting = this.waitingFor(job);
    if (again) this.dispatcher.putBack(waiting);
    else this.dispatcher.add(waiting);
  }

  /** The job as it stands in the queue. */
  waitingFor({ id, by, asked }: Job): Waiting<Wanted> {
    const since = this.dependencies.clock.monotonic();
    const { model, loras, control, workflow } = asked.request;
    const value = {
      model,
      ...(loras && { loras }),
      ...(control && { control: { file: control.file } }),
      ...(workflow && { workflow: { files: workflow.files } }),
    };
    return { id, person: personKey(by), model: model.files.checkpoint, value, since };
  }

  /** A job that was cancelled needs no device any more: out of the queue at once, or stopped before its next step. */
  private abandon(id: string): void {
    this.dependencies.queue.remove(id);
    this.running.get(id)?.abort();
  }

  /** Nothing new is begun; resolves when what runs has ended. */
  async finish(): Promise<void> {
    this.ending = 'finishing';
    this.dispatcher.pause();
    await this.idle();
  }

  /** Ends all workers; what they did goes back to the queue's journal and does not count as an attempt. */
  async close(): Promise<void> {
    this.ending = 'closing';
    this.dispatcher.pause();
    this.dependencies.disk.close();
    await Promise.all(this.dependencies.devices.map((device) => device.close()));
    await this.idle();
  }

  private async idle(): Promise<void> {
    await this.dispatcher.idle();
    await Promise.all(this.keeping);
  }

  private expected({ id, model }: Waiting<Wanted>, { device, held }: Device): number {
    const job = this.dependencies.active.get(id);
    return job === undefined
      ? 0
      : this.dependencies.estimates.picture(job.asked.request, device, held.includes(model));
  }

  /** What a job brings along beside its model (LoRA files, a workflow) decides where it can be drawn: it is one of a kind. */
  private kindOf({ id }: Waiting<Wanted>): unknown {
    const request = this.dependencies.active.get(id)?.asked.request;
    if (request === undefined || request.loras || request.control || request.workflow) return id;
    return this.dependencies.estimates.nameOf(request);
  }

  private draws({ model, value }: Waiting<Wanted>, device: Device): boolean {
    return device.isHere ? !isElsewhere(model) : device.draws(value);
  }

  private async work({ id }: Waiting<Wanted>, device: Device): Promise<void> {
    const { active, clock, estimates } = this.dependencies;
    const queued = active.load(id);
    if (queued?.state !== 'queued') return;
    const control = new AbortController();
    this.running.set(id, control);
    // Of a suspect it must be known that it runs before it can do harm.
    const when = queued.crashes === undefined ? 'soon' : 'now';
    void active.transition(id, { type: 'start', at: clock.now(), device: device.device }, when);
    active.progress(id, { phase: 'starting', total: queued.asked.request.steps });
    try {
      const job = active.find(id);
      const { request } = job.asked;
      const loaded = device.held.includes(request.model.files.checkpoint);
      device.freeAt = clock.monotonic() + estimates.picture(request, device.device, loaded);
      const onEvent = (event: RenderEvent) => this.onEvent(job, device, event);
      const silence = this.silence(request, device);
      const given = { ...(await readUploads(request, this.dependencies.store)), id };
      const result = await device.render(given, silence, onEvent, control.signal);
      await this.keepInTurn(id, device, result, !loaded);
    } catch (error) {
      this.fail(id, device, error);
    } finally {
      this.running.delete(id);
    }
  }

  /** The disk is slow and the device shall not wait for it, unless too many finished pictures wait already. */
  private async keepInTurn(
    id: string,
    device: Device,
    result: PictureResult,
    expectsLoad: boolean,
  ): Promise<void> {
    while (this.keeping.size >= KEPT_AT_ONCE) await Promise.race(this.keeping);
    const kept = this.keep(id, device, result, expectsLoad)
      .catch((error) => this.fail(id, device, error))
      .finally(() => this.keeping.delete(kept));
    this.keeping.add(kept);
  }

  private async keep(
    id: string,
    device: Device,
    { pictures: files, timings }: PictureResult,
    expectsLoad: boolean,
  ): Promise<void> {
    const { active, store, disk, estimates, clock } = this.dependencies;
    const isStillWanted = () => isWanted(active.get(id));
    if (!isStillWanted()) return;
    const pictures = await disk.persist(() => store.savePictures(id, files), isStillWanted);
    if (!isStillWanted()) {
      await Promise.all(pictures.map(({ file }) => store.remove(file)));
      return;
    }
    estimates.learn(active.find(id).asked.request, device.device, timings, expectsLoad);
    // Recorded together with the intention to post them: one commit instead of two.
    await active.transition(id, [{ type: 'render', at: clock.now(), pictures, timings }, { type: 'post' }]);
  }

  private fail(id: string, device: Device, error: unknown): void {
    const { active, clock, observe } = this.dependencies;
    const job = active.get(id);
    if (job === undefined || !canTransition(job, 'fail')) return;
    const fault = error instanceof Fault ? error : new Fault('pipeline.failed', {}, error);
    // A worker that says "cancelled" although nobody cancelled was ended from outside.
    const isWorkersEnd = hasDied(fault) || fault.code === 'cancelled';
    // What ends the service may end its workers as well (Ctrl-C, a whole group, little memory): no fault of the job's.
    if (this.ending === 'closing' || (this.ending === 'finishing' && isWorkersEnd)) {
      void active.transition(id, { type: 'release' });
      return;
    }
    if (fault.code === 'worker.away' && this.mayGoBack(id)) {
      void active.transition(id, { type: 'release' });
      this.enqueue(active.find(id), true);
      return;
    }
    if (isWorkersEnd || fault.code === 'worker.away') {
      observe({ type: 'worker_died', job: id, device: device.device, cause: fault.message });
      this.tryAgain(id, fault);
      return;
    }
    void active.transition(id, { type: 'fail', at: clock.now(), fault: keptFault(fault), cause: error });
  }

  /** A machine that is out of reach is no fault of the job's; but one that goes whenever the job comes is suspect. */
  private mayGoBack(id: string): boolean {
    const times = (this.wentBack.get(id) ?? 0) + 1;
    this.wentBack.set(id, times);
    return times <= BACK;
  }

  /** A job whose attempt died waits again, or fails when it has been tried often enough. */
  private tryAgain(id: string, fault: Fault): void {
    const { active, clock } = this.dependencies;
    const { attempts } = active.find(id);
    if (attempts < JOBS.attempts) {
      void active.transition(id, { type: 'retry' });
      return;
    }
    const gaveUp = new Fault('job.gave_up', { attempts, cause: keptFault(fault) });
    void active.transition(id, { type: 'fail', at: clock.now(), fault: keptFault(gaveUp) });
  }

  /** A job that has ended the service so often is not begun again. */
  setAside(id: string, times: number): void {
    const { active, clock } = this.dependencies;
    const fault = new Fault('job.ended_service', { times });
    void active.transition(id, { type: 'fail', at: clock.now(), fault: keptFault(fault) });
  }

  private onEvent(job: Job, device: Device, event: RenderEvent): void {
    const { clock, estimates, active } = this.dependencies;
    if (!isWanted(active.get(job.id))) return;
    const { request } = job.asked;
    if (event.type !== 'step') {
      active.progress(job.id, { phase: event.type, total: request.steps }, event);
      return;
    }
    estimates.notice(request, device.device, event.ms);
    const rest = Math.max(0, estimates.picture(request, device.device, true) - request.steps * event.ms);
    const endsIn = (event.total - event.index) * event.ms + Math.min(rest, 2 * event.ms);
    device.freeAt = clock.monotonic() + endsIn;
    const progress: Progress = { phase: 'step', index: event.index, total: event.total, endsIn };
    active.progress(job.id, progress, event);
  }

  /** Milliseconds without a sign of life after which the worker is taken to hang. */
  private silence(request: StoredRequest, device: Device): number {
    const slowest = this.dependencies.estimates.slowest(request, device.device);
    if (slowest === undefined) return JOBS.silenceUnmeasured;
    return Math.max(JOBS.silence, JOBS.silenceFactor * slowest);
  }
}

/** Cancelled and deleted jobs are rendered on until their next step, but nobody waits for them. */
function isWanted(job: Job | undefined): boolean {
  return job !== undefined && canTransition(job, 'render');
}

function keptFault(fault: Fault): KeptFault {
  return { code: fault.code, data: { ...fault.data } };
}
