/**
 * The front desk: everything a surface can ask of the jobs. Takes requests in, keeps them through crashes, has them
 * rendered in fair turns, and sees that each gets exactly one last word. It knows no platform.
 */
import { checkFollowUp, FOLLOW_UPS, type FollowUpAction, type Standing } from '../../commands/follow-up.ts';
import type { Forgotten } from '../../commands/studio.ts';
import { JOBS } from '../../config/defaults.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { followed, type Progress } from '../card.ts';
import type { Clock } from '../clock.ts';
import { RouteBudgets } from '../route-budget.ts';
import type { Surface } from '../surface.ts';
import { Delivery } from './delivery.ts';
import { Disk } from './disk.ts';
import { Estimates } from './estimates.ts';
import { finalize, type Resolve, reroll, vary } from './follow-ups.ts';
import { Forgetting } from './forgetting.ts';
import { type Asking, Intake } from './intake.ts';
import type { Person, Place, StoredRequest } from './job.ts';
import { type Asked, type Job, type Json, mayMove, type Origin } from './job.ts';
import { jobIds } from './job-id.ts';
import type { Journal } from './journal.ts';
import { Lane, type Renderer } from './lane.ts';
import { type LimitSettings, Limits } from './limits.ts';
import type { Observe } from './observation.ts';
import { type NewsListener, OpenJobs } from './open-jobs.ts';
import { pickUp } from './pick-up.ts';
import type { PictureStore } from './picture-store.ts';
import { Places } from './places.ts';
import { personKey, Workshop } from './workshop.ts';

export interface DeskParts {
  readonly journal: Journal;
  readonly store: PictureStore;
  /** Where both are; one that is never full without it. */
  readonly disk?: Disk;
  readonly devices: readonly { readonly name: string; readonly renderer: Renderer }[];
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  /** Decides every value for options as `/imagine` does; for Finalize. */
  readonly resolve: Resolve;
  readonly limits?: Partial<LimitSettings>;
  readonly observe?: Observe;
}

/** A request with every value decided (`commands/read-imagine.ts`), and the options it was made from. */
export interface Order extends Asking {
  readonly request: PictureRequest;
  readonly options: { readonly [option: string]: Json };
  readonly finalModel?: string;
  readonly origin?: Origin;
}

export type FollowUp = 'again' | 'reroll' | 'vary' | 'finalize';

export interface DeviceStatus {
  readonly device: string;
  readonly state: 'idle' | 'busy' | 'resting';
  /** The checkpoint it holds. */
  readonly resident?: string;
  readonly pid?: number;
}

export class Desk {
  /** Adapters report here what their platform says about rate limits. */
  readonly budgets: RouteBudgets;
  readonly journal: Journal;
  private readonly parts: DeskParts;
  private readonly jobs: OpenJobs;
  private readonly delivery: Delivery;
  private readonly workshop: Workshop;
  private readonly places: Places;
  private readonly intake: Intake;
  private readonly forgetting: Forgetting;
  private readonly lanes: readonly Lane[];
  private readonly anybodyListens = new Set<NewsListener>();

  constructor(parts: DeskParts) {
    const { journal, store, clock } = parts;
    const observe: Observe = (one) => {
      if (one.type === 'delivery_problem' && one.problem === 'refused') this.forgetting.noteRefusal(one.job);
      parts.observe?.(one);
    };
    this.parts = parts;
    this.journal = journal;
    this.budgets = new RouteBudgets(clock);
    this.lanes = parts.devices.map(({ name, renderer }) => new Lane(name, renderer, clock));
    const { disk = endlessDisk(clock) } = parts;
    const jobs = new OpenJobs(
      journal,
      disk,
      (id, news) => {
        for (const listener of this.anybodyListens) listener(id, news);
      },
      (job, cause) => observe({ type: 'unsaved', job, cause }),
    );
    const delivery = new Delivery({
      jobs,
      budgets: this.budgets,
      clock,
      observe,
      pathOf: (file) => store.path(file),
      onMessageGone: (id) => this.withdraw(id),
      onPlaceClosed: (id, reason) => this.closePlace(id, reason),
    });
    const estimates = new Estimates(journal.stepTimes(), (row) => journal.saveStepTime(row));
    const { lanes } = this;
    const onQueueChange = () => this.places.changed();
    this.workshop = new Workshop({
      jobs,
      delivery,
      store,
      disk,
      estimates,
      lanes,
      clock,
      observe,
      onQueueChange,
    });
    this.places = new Places({ jobs, delivery, estimates, lanes, clock }, () => this.workshop);
    this.jobs = jobs;
    this.delivery = delivery;
    const remove = (id: string) => this.remove(id);
    this.forgetting = new Forgetting({ journal, store, jobs, clock, remove, end: (id) => this.end(id) });
    const { workshop, places } = this;
    const limits = new Limits({ ...JOBS, ...parts.limits });
    const newId = jobIds(() => clock.now(), parts.randomBytes);
    this.intake = new Intake({ journal, store, disk, jobs, workshop, places, limits, clock, newId, observe });
  }

  /**
   * Picks up what the last run left: waiting jobs go on, running ones are tried again, owed messages are owed still.
   * `crashed`: the last run ended by itself, and perhaps for one of its jobs.
   */
  async start({ crashed = false } = {}): Promise<void> {
    const { jobs, delivery, workshop } = this;
    const { journal, store } = this.parts;
    this.forgetOldEvents();
    await pickUp({ journal, store, jobs, delivery, workshop, crashed });
  }

  /** A platform is there: its jobs' messages are picked up where they were. */
  connect(surface: Surface): void {
    this.delivery.connect(surface);
    for (const { id, place, delivery, state } of this.jobs.all) {
      if (place.surface !== surface.name) continue;
      if (delivery !== 'none') this.delivery.conclude(id);
      else if (state === 'running') this.delivery.activate(id);
      this.delivery.show(id);
    }
  }

  /**
   * Takes a request in. Once this resolves, it survives whatever happens.
   * @throws Fault `limit.*`, `service.stopping`, `file.write_failed`
   */
  async submit(order: Order): Promise<Job> {
    const { id: _, init, ...request } = order.request;
    const asked = (stored: StoredRequest): Asked => ({
      options: order.options,
      request: stored,
      ...(order.finalModel === undefined ? {} : { finalModel: order.finalModel }),
    });
    return this.intake.admitted(order, async (id) => {
      if (init === undefined) return this.intake.accept(id, order, asked(request), order.origin);
      const file = await this.parts.store.saveUpload(id, init.image);
      const stored = { ...request, init: { file, strength: init.strength } };
      return this.intake.accept(id, order, asked(stored), order.origin);
    });
  }

  /**
   * Another request made from a job; `again` brings the job itself, and nothing is rendered. @param picture which of the job's pictures, from 0
   * @throws Fault `job.unknown`, `job.deleted`, `job.no_picture`, `job.not_a_draft`, `job.not_undelivered`, and as `submit`
   */
  async followUp(kind: FollowUp, id: string, asking: Asking, picture = 0): Promise<Job> {
    const { randomSeed, resolve } = this.parts;
    const job = this.jobs.find(id);
    await this.check(kind, job, asking.by);
    if (kind === 'again') return this.redeliver(id, asking);
    return this.intake.admitted(asking, async (newId) => {
      const asked =
        kind === 'finalize'
          ? await finalize(job, resolve)
          : kind === 'vary'
            ? vary(job, picture, randomSeed())
            : reroll(job, randomSeed());
      return this.intake.accept(newId, asking, asked, { kind, job: id, picture });
    });
  }

  /** Brings pictures that were refused once more: there where they are asked for now, if the platform is the same. */
  private async redeliver(id: string, asking: Asking): Promise<Job> {
    const job = this.jobs.find(id);
    const place = asking.place.surface === job.place.surface ? asking.place : job.place;
    const kept = place.channel === job.place.channel ? job.messages : [];
    const messages = asking.messages ?? kept;
    await this.kept(this.jobs.move(id, { type: 'redeliver', place, messages }));
    this.delivery.conclude(id);
    return this.jobs.find(id);
  }

  /** Ends a waiting job at once, a running one before its next step. @throws Fault `job.*` */
  async cancel(id: string, by: Person): Promise<void> {
    await this.check('cancel', this.jobs.find(id), by);
    await this.end(id);
  }

  /** Removes a job's pictures and its messages, everywhere. @throws Fault `job.*` */
  async delete(id: string, by: Person): Promise<void> {
    await this.check('delete', this.jobs.find(id), by);
    await this.remove(id);
  }

  /** Removes all of somebody's pictures, messages, settings and words, and says what could not be reached. */
  forget(person: Person): Promise<Forgotten> {
    return this.forgetting.forget(person);
  }

  /** @throws Fault `job.unknown` */
  find(id: string): Job {
    return this.jobs.find(id);
  }

  /** The job of a message, however old. */
  findByMessage(surface: string, message: string): Job | undefined {
    const found = this.journal.findByMessage(surface, message);
    return found && (this.jobs.get(found.id) ?? found);
  }

  /** How far an unfinished job is. */
  progressOf(id: string): Progress | undefined {
    return this.jobs.progressOf(id);
  }

  /** Listens to one job, or to all. The returned function ends it. */
  watch(id: string | 'all', listener: NewsListener): () => void {
    if (id !== 'all') return this.jobs.watch(id, listener);
    this.anybodyListens.add(listener);
    return () => this.anybodyListens.delete(listener);
  }

  /** Waiting jobs in the order of their turns, with place and estimate. */
  queue(): { job: Job; place: number; startsIn: number; endsIn: number }[] {
    return [...this.places.foresee()].map(([id, found]) => ({ job: this.jobs.find(id), ...found }));
  }

  /** How many jobs are in memory. */
  get inHand(): number {
    return this.jobs.size;
  }

  devices(): DeviceStatus[] {
    return this.lanes.map((lane) => ({
      device: lane.device,
      state: lane.isBusy ? 'busy' : lane.rest > 0 ? 'resting' : 'idle',
      ...(lane.resident === undefined ? {} : { resident: lane.resident }),
      ...(lane.pid === undefined ? {} : { pid: lane.pid }),
    }));
  }

  /** First stage of the end: nothing new, what runs may finish and be delivered for a while; then everything is kept. */
  async drain(): Promise<void> {
    const { clock } = this.parts;
    this.intake.close();
    await atMost(clock, JOBS.finishRendering, this.workshop.finish());
    await this.workshop.close();
    await atMost(clock, JOBS.finishDelivering, this.delivery.idle());
    await this.close();
  }

  /** Second stage: ends at once. What was accepted is on disk. */
  async close(): Promise<void> {
    this.intake.close();
    this.delivery.stop();
    await this.workshop.close();
    this.journal.close();
  }

  private forgetOldEvents(): void {
    const { journal, clock } = this.parts;
    // Where it cannot be written, the next time is soon enough.
    journal.forgetSeen(clock.now() - JOBS.seen).catch(() => {});
    clock.after(JOBS.seen, () => this.forgetOldEvents());
  }

  /** Asks the platform who somebody is only where that decides; meanwhile the job may have moved on. @throws Fault `job.*` */
  private async check(action: FollowUpAction, job: Job, by: Person): Promise<void> {
    const isOpen = FOLLOW_UPS[action].who === 'anybody' || job.deletedAt !== undefined;
    const standing = isOpen ? 'other' : await this.standingOf(by, job);
    checkFollowUp(action, followed(this.jobs.find(job.id)), standing);
  }

  private async standingOf(by: Person, { by: asker, place }: Job): Promise<Standing> {
    if (personKey(asker) === personKey(by)) return 'requester';
    const surface = by.surface === place.surface ? this.delivery.surface(place.surface) : undefined;
    return (await surface?.isModerator(by, place)) ? 'moderator' : 'other';
  }

  private async end(id: string): Promise<void> {
    const saved = this.jobs.move(id, { type: 'cancel', at: this.parts.clock.now() });
    this.workshop.abandon(id);
    await this.kept(saved);
    this.delivery.conclude(id);
  }

  /** Whoever asked is not kept waiting for a disk that is full: what they asked for holds, and is written once it can be. */
  private kept(saved: Promise<void>): Promise<void> {
    return atMost(this.parts.clock, JOBS.answer, saved);
  }

  /** The journal first, then the files: a crash in between leaves files that the next start sweeps away. */
  private async remove(id: string): Promise<void> {
    const { store, clock } = this.parts;
    const { pictures, asked } = this.jobs.find(id);
    if (!mayMove(this.jobs.find(id), 'delete')) return;
    const saved = this.jobs.move(id, { type: 'delete', at: clock.now() });
    this.workshop.abandon(id);
    await this.kept(saved);
    const files = pictures.map(({ file }) => file);
    const init = asked.request.init?.file;
    if (init?.endsWith('.upload') && !this.journal.usesInitFile(init)) files.push(init);
    await Promise.all(files.map((file) => store.remove(file)));
    this.delivery.conclude(id);
  }

  /** Somebody removed the message of an unfinished job, or never got one: nobody waits for it any more. */
  withdraw(id: string): void {
    if (!mayMove(this.jobs.find(id), 'cancel')) return;
    const moves = [{ type: 'cancel', at: this.parts.clock.now() }, { type: 'gone' }] as const;
    this.jobs.move(id, moves).catch(() => {});
    this.workshop.abandon(id);
  }

  /** Nobody can be shown anything there any more: unfinished jobs of such places end, and their askers are told. */
  closePlaces(isClosed: (place: Place) => boolean, reason: string): void {
    for (const { id, place } of [...this.jobs.all]) if (isClosed(place)) this.closePlace(id, reason);
  }

  private closePlace(id: string, reason: string): void {
    if (!mayMove(this.jobs.find(id), 'fail')) return;
    const fault = { code: 'place.closed', data: { reason } } as const;
    this.jobs.move(id, { type: 'fail', at: this.parts.clock.now(), fault }).catch(() => {});
    this.workshop.abandon(id);
    this.delivery.conclude(id);
  }
}

/** Waits for something, but not for ever. Rejects as it does. */
function atMost(clock: Clock, ms: number, done: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, resolve);
    done.finally(stop).then(resolve, reject);
  });
}

function endlessDisk(clock: Clock): Disk {
  return new Disk({
    clock,
    observe: () => {},
    room: () => Number.POSITIVE_INFINITY,
    probe: async () => {},
  });
}
