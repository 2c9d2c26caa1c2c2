/**
 * Everything a surface can ask of the jobs: takes requests in, keeps them through crashes, has them rendered in fair
 * turns. It knows no platform and no message; what happens is published as `JobEvents`.
 */
import { checkFollowUp, FOLLOW_UPS, type FollowUpAction, type Standing } from '../../commands/follow-up.ts';
import type { Forgotten } from '../../commands/job-service.ts';
import { JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { Device, type Renderer, type Warmth } from '../devices/device.ts';
import type { Wanted } from '../devices/elsewhere.ts';
import { type Disk, endlessDisk } from '../store/disk.ts';
import type { JobHistory } from '../store/job-records.ts';
import type { Journal } from '../store/journal.ts';
import type { PictureStore } from '../store/picture-store.ts';
import { atMost, type Clock } from '../time/clock.ts';
import { ActiveJobs } from './active-jobs.ts';
import { Admission, type Asking } from './admission.ts';
import { type DeviceStatus, statusOf } from './device-status.ts';
import { Estimates } from './estimates.ts';
import { JobEvents, type JobListener } from './events.ts';
import { FairQueue } from './fair-queue.ts';
import { type FollowUp, FollowUpRequests } from './follow-up-requests.ts';
import type { Resolve } from './follow-ups.ts';
import { followed } from './followed.ts';
import { Forgetting } from './forgetting.ts';
import { canTransition, type Job, type Json, type Person, type Place } from './job.ts';
import { jobIds } from './job-id.ts';
import { JobRunner } from './job-runner.ts';
import { type LimitSettings, Limits } from './limits.ts';
import type { Observe } from './observation.ts';
import { OwnPictures } from './own-pictures.ts';
import { personKey } from './person.ts';
import type { Progress } from './progress.ts';
import { QueuePositions } from './queue-positions.ts';
import { recover } from './recover.ts';
import { uploadsOf } from './sources.ts';
import { closePlace, withdraw } from './withdraw.ts';

export interface JobsDependencies {
  readonly journal: Journal;
  readonly store: PictureStore;
  /** Where both are; one that is never full without it. */
  readonly disk?: Disk;
  readonly devices: readonly {
    readonly name: string;
    readonly renderer: Renderer;
    readonly warmth?: Warmth;
  }[];
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  /** Decides every value for options as `/imagine` does; for Finalize. */
  readonly resolve: Resolve;
  /** Whether the person may remove other people's messages there. */
  readonly isModerator: (person: Person, place: Place) => Promise<boolean>;
  readonly limits?: Partial<LimitSettings>;
  readonly observe?: Observe;
}

/** A request with every value decided (`commands/read-imagine.ts`), and the options it was made from. */
export interface Order {
  readonly request: PictureRequest;
  readonly options: { readonly [option: string]: Json };
  readonly finalModel?: string;
  /** The job whose Remix form this is. */
  readonly remixOf?: string;
}

export class Jobs {
  readonly events = new JobEvents();
  readonly active: ActiveJobs;
  /** Lists of past jobs, as they were written down. */
  readonly history: JobHistory;
  private readonly dependencies: JobsDependencies;
  private readonly runner: JobRunner;
  private readonly positions: QueuePositions;
  private readonly admission: Admission;
  private readonly followUps: FollowUpRequests;
  private readonly forgetting: Forgetting;
  private readonly ownPictures: OwnPictures;
  private readonly devices: Device[];

  constructor(dependencies: JobsDependencies) {
    const { journal, store, clock, observe = () => {}, disk = endlessDisk(clock) } = dependencies;
    const { events } = this;
    const devices = dependencies.devices.map(
      ({ name, renderer, warmth }) => new Device(name, renderer, clock, warmth),
    );
    const onUnsaved = (job: string, cause: unknown) => observe({ type: 'unsaved', job, cause });
    const { records, stepTimes, seen } = journal;
    const active = new ActiveJobs({ records, disk, events, onUnsaved });
    const estimates = new Estimates(stepTimes.all(), (row) => stepTimes.save(row));
    const shared = {
      ...{ active, events, store, records, seen, disk, estimates, devices, clock, observe },
      queue: new FairQueue<Wanted>(JOBS),
    };
    this.dependencies = dependencies;
    this.history = records;
    this.ownPictures = new OwnPictures(records, store);
    this.devices = devices;
    this.active = active;
    this.runner = new JobRunner(shared);
    this.positions = new QueuePositions(shared);
    const remove = (id: string) => this.remove(id);
    this.forgetting = new Forgetting({ ...shared, journal, remove, end: (id) => this.end(id) });
    this.admission = new Admission({
      ...shared,
      positions: this.positions,
      limits: new Limits({ ...JOBS, ...dependencies.limits }),
      newId: jobIds(() => clock.now(), dependencies.randomBytes),
    });
    this.followUps = new FollowUpRequests({
      ...dependencies,
      active,
      admission: this.admission,
      checkDrawn: (wanted) => this.checkDrawn(wanted),
      // `submit` does the same in its own lines: the way from a command to pixels is counted (docs/architecture.md).
      enqueue: (job) => {
        this.runner.enqueue(job);
        events.publish({ type: 'queued', job });
      },
    });
  }

  /** A device that came later. */
  addDevice({ name, renderer, warmth }: JobsDependencies['devices'][number]): void {
    const device = new Device(name, renderer, this.dependencies.clock, warmth);
    this.devices.push(device);
    this.runner.welcome(device);
  }

  /** A device that is not expected back. */
  removeDevice(name: string): void {
    const at = this.devices.findIndex(({ device }) => device === name);
    if (at >= 0) this.devices.splice(at, 1);
  }

  /**
   * Takes up what the last run left: waiting jobs go on, running ones are tried again. `crashed`: the last run ended by
   * itself, and perhaps for one of its jobs.
   */
  async start({ crashed = false } = {}): Promise<void> {
    const { active, events, runner } = this;
    const { journal, store } = this.dependencies;
    this.forgetOldEvents();
    await recover({ records: journal.records, store, active, events, runner, crashed });
  }

  /**
   * Takes a request in. Once this resolves, it survives whatever happens.
   * @throws Fault `limit.*`, `service.stopping`, `file.write_failed`
   */
  async submit(asking: Asking, { request, options, finalModel, remixOf }: Order): Promise<Job> {
    this.checkDrawn(request);
    const entry = this.admission.enter(asking);
    if ('known' in entry) return entry.known;
    try {
      const asked = { options, request: await this.admission.keep(entry.id, request) };
      const origin = remixOf === undefined ? undefined : ({ kind: 'remix', job: remixOf } as const);
      const whole = finalModel === undefined ? asked : { ...asked, finalModel };
      const job = await this.admission.write(entry.id, asking, whole, origin);
      if (job.id === entry.id) {
        this.active.hold(job);
        this.runner.dispatcher.add(this.runner.waitingFor(job));
        this.events.publish({ type: 'queued', job });
      }
      return this.active.find(job.id);
    } finally {
      entry.leave();
    }
  }

  /**
   * Another request made from a job. @param picture which of the job's pictures, from 0
   * @throws Fault `job.unknown`, `job.deleted`, `job.no_picture`, `job.not_a_draft`, `job.not_undelivered`, `job.one_picture`, and as `submit`
   */
  async followUp(kind: FollowUp, id: string, asking: Asking, picture = 0): Promise<Job> {
    return this.followUps.make(kind, await this.allow(kind, id, asking.by), asking, picture);
  }

  /** Ends a waiting job at once, a running one before its next step. @throws Fault `job.*` */
  async cancel(id: string, by: Person): Promise<void> {
    (await this.allow('cancel', id, by))();
    await this.end(id);
  }

  /** Removes a job's pictures and its messages, everywhere. @throws Fault `job.*` */
  async delete(id: string, by: Person): Promise<void> {
    (await this.allow('delete', id, by))();
    await this.remove(id);
  }

  /** Removes all of somebody's pictures, messages, settings and words, and says what could not be reached. */
  forget(person: Person): Promise<Forgotten> {
    return this.forgetting.forget(person);
  }

  /** @throws Fault `job.unknown` */
  find(id: string): Job {
    return this.active.find(id);
  }

  /** The job, if there is one of that id. */
  findIfKnown(id: string): Job | undefined {
    return this.active.findIfKnown(id);
  }

  /** The job of a message, however old. */
  findByMessage(surface: string, message: string): Job | undefined {
    const found = this.dependencies.journal.records.findByMessage(surface, message);
    return found && (this.active.get(found.id) ?? found);
  }

  /** A picture that one of somebody's own requests started from or made. @param digest the beginning of its SHA-256 (`picture-name.ts`) */
  findOwnPicture(by: Person, digest: string): Promise<Uint8Array | undefined> {
    return this.ownPictures.find(by, digest);
  }

  /** How far an unfinished job is. */
  progressOf(id: string): Progress | undefined {
    return this.active.progressOf(id);
  }

  /** Listens to one job, or to all. The returned function ends it. */
  watch(id: string | 'all', listener: JobListener): () => void {
    return id === 'all' ? this.events.subscribe(listener) : this.events.subscribeTo(id, listener);
  }

  /** How many jobs wait. */
  get waiting(): number {
    return this.positions.waiting;
  }

  /** Waiting jobs in the order of their turns, with position and estimate. @param most only the first so many */
  queue(most?: number): { job: Job; position: number; startsIn: number; endsIn: number }[] {
    return [...this.positions.foresee(most)].map(([id, found]) => ({ job: this.active.find(id), ...found }));
  }

  deviceStatus(): DeviceStatus[] {
    return this.devices.map(statusOf);
  }

  /** Nothing new is taken in; what runs may finish for a while, and then goes back to the queue. */
  async finish(): Promise<void> {
    this.admission.close();
    await atMost(this.dependencies.clock, JOBS.finishRendering, this.runner.finish());
    await this.runner.close();
  }

  /** Ends at once. What was accepted is on disk. */
  async close(): Promise<void> {
    this.admission.close();
    await this.runner.close();
    this.dependencies.journal.close();
  }

  private forgetOldEvents(): void {
    const { journal, clock } = this.dependencies;
    // Where it cannot be written, the next time is soon enough.
    journal.seen.forget(clock.now() - JOBS.seen).catch(() => {});
    clock.after(JOBS.seen, () => this.forgetOldEvents());
  }

  /** What no device has the files of is refused, instead of waiting for ever. @throws Fault `device.none_draws` */
  private checkDrawn(wanted: Wanted): void {
    if (this.devices.some((device) => device.draws(wanted))) return;
    throw new Fault('device.none_draws', { model: wanted.model.name });
  }

  /**
   * Asks the platform who somebody is only where that decides. @returns what looks at the job as it is then: it is called
   * right before anything is done, since meanwhile somebody else may have done the same. @throws Fault `job.*`
   */
  private async allow(action: FollowUpAction, id: string, by: Person): Promise<() => Job> {
    const job = this.active.find(id);
    const isOpen = FOLLOW_UPS[action].who === 'anybody' || job.deletedAt !== undefined;
    const standing = isOpen ? 'other' : await this.standingOf(by, job);
    return () => {
      const now = this.active.find(id);
      checkFollowUp(action, followed(now), standing);
      return now;
    };
  }

  private async standingOf(by: Person, { by: asker, place }: Job): Promise<Standing> {
    if (personKey(asker) === personKey(by)) return 'requester';
    return (await this.dependencies.isModerator(by, place)) ? 'moderator' : 'other';
  }

  private async end(id: string): Promise<void> {
    await this.kept(this.active.transition(id, { type: 'cancel', at: this.dependencies.clock.now() }));
  }

  /** Whoever asked is not kept waiting for a disk that is full: what they asked for holds, and is written once it can be. */
  private kept(saved: Promise<void>): Promise<void> {
    return atMost(this.dependencies.clock, JOBS.answer, saved);
  }

  /** The journal first, then the files: a crash in between leaves files that the next start sweeps away. */
  private async remove(id: string): Promise<void> {
    const { store, journal, clock } = this.dependencies;
    const { pictures, asked } = this.active.find(id);
    if (!canTransition(this.active.find(id), 'delete')) return;
    await this.kept(this.active.transition(id, { type: 'delete', at: clock.now() }));
    const files = pictures.map(({ file }) => file);
    files.push(...uploadsOf(asked.request).filter((file) => !journal.records.usesSource(file)));
    await Promise.all(files.map((file) => store.remove(file)));
  }

  /** Somebody removed the job's message: what waits or runs ends, pictures go as if they had been deleted by a button. */
  async messageRemoved(id: string): Promise<void> {
    this.withdraw(id);
    const { delivery } = this.active.find(id);
    if (delivery !== 'gone') await this.remove(id);
  }

  /** Somebody never got a message for an unfinished job: nobody waits for it any more. */
  withdraw(id: string): void {
    withdraw(this.active, id, this.dependencies.clock.now());
  }

  /** Nobody can be shown anything there any more: unfinished jobs of such places end, and their askers are told. */
  closePlaces(isClosed: (place: Place) => boolean, reason: string): void {
    const at = this.dependencies.clock.now();
    for (const { id, place } of this.active.all) if (isClosed(place)) closePlace(this.active, id, reason, at);
  }
}
