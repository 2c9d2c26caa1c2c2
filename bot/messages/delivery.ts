/**
 * Brings jobs to their messages: progress while they last, then the last word, exactly once. That the last word is
 * about to be sent is on disk before it is sent; after a crash in between, the surface is told to look before it
 * posts again. An outage is waited out. It hears of jobs by their events alone.
 */
import { LRUCache } from 'lru-cache';
import { JOBS } from '../../config/defaults.ts';
import type { Preview } from '../../pipeline/request.ts';
import type { ActiveJobs } from '../jobs/active-jobs.ts';
import type { JobEvent, JobEvents } from '../jobs/events.ts';
import { canTransition, type Job, type MessageRef, type Transition } from '../jobs/job.ts';
import type { Observe } from '../jobs/observation.ts';
import { closePlace, withdraw } from '../jobs/withdraw.ts';
import { backoff } from '../time/backoff.ts';
import { type Clock, pause } from '../time/clock.ts';
import { type Card, describeJob } from './card.ts';
import { LiveMessage } from './live-message.ts';
import { isAwaited, type MayMention } from './ping.ts';
import type { RouteBudgets } from './route-budget.ts';
import { RouteShares } from './route-shares.ts';
import { type Post, problemOf, type Surface } from './surface.ts';
import type { Surfaces } from './surfaces.ts';

/** Addresses that are remembered. */
const LINKS = 500;

export interface DeliveryDependencies {
  readonly active: ActiveJobs;
  readonly events: JobEvents;
  readonly surfaces: Surfaces;
  readonly budgets: RouteBudgets;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly mayMention: MayMention;
  /** Absolute path of a file of the picture store. */
  readonly pathOf: (file: string) => string;
}

export class Delivery {
  private readonly dependencies: DeliveryDependencies;
  private readonly live = new Map<string, LiveMessage>();
  private readonly shares = new RouteShares();
  /** Jobs whose last word is being brought. */
  private readonly concluding = new Map<string, Promise<void>>();
  /** Jobs with an earlier call to their surface of which nobody knows whether it was carried out. */
  private readonly doubtful = new Set<string>();
  /** Where the message of what a job was made from is, by the job. */
  private readonly links = new LRUCache<string, string>({ max: LINKS });
  private readonly stopped = new AbortController();

  constructor(dependencies: DeliveryDependencies) {
    this.dependencies = dependencies;
    dependencies.active.holdWhile((id) => this.live.get(id)?.isBusy ?? false);
    dependencies.events.subscribe((event) => this.follow(event));
  }

  /** A platform is there: its jobs' messages are taken up where they were. */
  connect(surface: Surface): void {
    const { surfaces, active } = this.dependencies;
    surfaces.add(surface);
    for (const { id, place, delivery, state } of active.all) {
      if (place.surface !== surface.name) continue;
      if (delivery !== 'none') this.conclude(id);
      else if (state === 'running') this.activate(id);
      this.show(id);
    }
  }

  private follow(event: JobEvent): void {
    const { id, delivery } = event.job;
    switch (event.type) {
      case 'recovered':
        // Its last call may or may not have been carried out.
        this.doubtful.add(id);
        break;
      case 'unloaded':
        void this.live.get(id)?.settle();
        this.live.delete(id);
        break;
      case 'progress':
        this.show(id, event.event?.type === 'step' ? event.event.preview : undefined);
        // Rendering begins: its final must find a free call.
        if (event.progress.phase === 'starting') this.activate(id);
        break;
      case 'retried':
        this.show(id);
        break;
      case 'queued':
      case 'erased':
        break;
      default:
        if (delivery === 'due' || delivery === 'posting') this.concludeOnce(event.saved, id);
    }
  }

  /** What was recorded is on disk first; where it cannot be written, the next start brings it. */
  private concludeOnce(saved: Promise<void>, id: string): void {
    saved.then(
      () => this.conclude(id),
      () => {},
    );
  }

  /** Shows an unfinished job as it is. */
  private show(id: string, preview?: Preview): void {
    const job = this.dependencies.active.get(id);
    if (job === undefined || job.delivery !== 'none') return;
    const message = this.liveMessage(job);
    message?.show(this.describe(job, preview));
  }

  private activate(id: string): void {
    const job = this.dependencies.active.get(id);
    if (job !== undefined) this.liveMessage(job)?.activate();
  }

  /** Brings the last word of a job, if it has one, until it has arrived; later, if its surface is not connected. */
  private conclude(id: string): void {
    const surface = this.dependencies.active.get(id)?.place.surface;
    const isReachable = surface !== undefined && this.dependencies.surfaces.get(surface) !== undefined;
    if (!isReachable || this.concluding.has(id) || this.stopped.signal.aborted) return;
    const done = this.bring(id)
      // Only the journal can fail here; that is told where it is written. The next start tries again.
      .catch(() => {})
      .finally(() => {
        this.concluding.delete(id);
        if (this.dependencies.active.get(id)?.delivery === 'due') this.conclude(id);
      });
    this.concluding.set(id, done);
  }

  /** Resolves when everything that is being brought has arrived. */
  async idle(): Promise<void> {
    while (this.concluding.size > 0) await Promise.all(this.concluding.values());
  }

  /** Gives up what is under way; it goes on after the next start. */
  stop(): void {
    this.stopped.abort();
    for (const message of this.live.values()) void message.settle();
  }

  private async bring(id: string): Promise<void> {
    const { active, clock } = this.dependencies;
    const { signal } = this.stopped;
    await this.live.get(id)?.settle();
    for (let failures = 1; !signal.aborted; failures++) {
      if (canTransition(active.find(id), 'post')) await active.transition(id, { type: 'post' });
      const job = active.get(id);
      const surface = job && this.dependencies.surfaces.get(job.place.surface);
      if (job?.delivery !== 'posting' || surface === undefined) return;
      try {
        const pings = isAwaited(job) && this.dependencies.mayMention(job);
        await this.post(job, surface);
        this.leave(id);
        if (pings) await this.ping(id, surface);
        if (active.get(id)?.delivery !== 'due') return;
      } catch (error) {
        if (signal.aborted) return;
        const retryAfter = this.endure(error, job);
        if (retryAfter === undefined) {
          if (active.find(id).state === 'undelivered') await this.tellUndelivered(id, surface);
          return;
        }
        await pause(clock, Math.max(retryAfter, backoff(JOBS.retry, failures)), signal);
      }
    }
  }

  private async post(job: Job, surface: Surface): Promise<void> {
    const { active, budgets, mayMention } = this.dependencies;
    const { signal } = this.stopped;
    const post = this.describePost(job);
    const answered = budgets.spend(surface.route(post), surface.capabilities().calls);
    if (job.deletedAt !== undefined) {
      await surface.remove(post, signal).finally(answered);
      await active.transition(job.id, { type: 'gone' });
      return;
    }
    const card = { ...this.describe(job), mentions: mayMention(job) };
    const messages = await surface.finish(post, card, signal).finally(answered);
    await active.transition(job.id, { type: 'posted', messages }, 'soon');
  }

  /** @returns milliseconds to wait before the next attempt; undefined where none can help */
  private endure(error: unknown, job: Job): number | undefined {
    const { observe } = this.dependencies;
    const problem = problemOf(error);
    const { surface } = job.place;
    observe({ type: 'delivery_problem', job: job.id, surface, problem: problem.kind, cause: error });
    switch (problem.kind) {
      case 'rate_limited':
        return problem.retryAfter;
      case 'unavailable':
        this.doubtful.add(job.id);
        return 0;
      case 'gone':
        this.leave(job.id);
        this.transitionIfAllowed(job.id, { type: 'gone' });
        return undefined;
      case 'closed':
      case 'picture_refused':
      case 'refused': {
        const { reason } = problem;
        this.leave(job.id);
        this.transitionIfAllowed(job.id, { type: 'refused', reason });
        return undefined;
      }
      default:
        return problem satisfies never;
    }
  }

  /** What cannot be written down is told where it is written; nobody waits for it here. */
  private transitionIfAllowed(id: string, change: Transition): void {
    const { active } = this.dependencies;
    if (canTransition(active.find(id), change.type)) active.transition(id, change).catch(() => {});
  }

  /** The pictures were taken in no way: whoever asked is told in words, once, and how to have them after all. */
  private tellUndelivered(id: string, surface: Surface): Promise<void> {
    return this.tryOnce(id, surface, (...given) => surface.tellUndelivered?.(...given));
  }

  /** The last word is there: whoever waited for it long is told. */
  private ping(id: string, surface: Surface): Promise<void> {
    return this.tryOnce(id, surface, (...given) => surface.ping?.(...given));
  }

  /** What is only said once, whatever comes of it. */
  private async tryOnce(
    id: string,
    surface: Surface,
    tell: (post: Post, card: Card, signal: AbortSignal) => Promise<readonly MessageRef[]> | undefined,
  ): Promise<void> {
    const { active, observe } = this.dependencies;
    const job = active.find(id);
    try {
      const messages = await tell(this.describePost(job), this.describe(job), this.stopped.signal);
      if (messages !== undefined) this.transitionIfAllowed(id, { type: 'attach', messages });
    } catch (cause) {
      const problem = problemOf(cause).kind;
      observe({ type: 'delivery_problem', job: id, surface: surface.name, problem, cause });
    }
  }

  private leave(id: string): void {
    this.live.get(id)?.leaveRoute();
    this.live.delete(id);
    this.doubtful.delete(id);
  }

  private liveMessage(job: Job): LiveMessage | undefined {
    const { active, surfaces, budgets, clock, observe } = this.dependencies;
    const surface = surfaces.get(job.place.surface);
    const found = this.live.get(job.id);
    if (found !== undefined || surface === undefined) return found;
    const message = new LiveMessage({
      surface,
      budgets,
      clock,
      post: () => this.describePost(active.find(job.id)),
      shares: this.shares,
      doubted: () => this.doubtful.add(job.id),
      opened: (messages) => {
        this.doubtful.delete(job.id);
        if (canTransition(active.find(job.id), 'attach'))
          active.transition(job.id, { type: 'attach', messages }, 'soon').catch(() => {});
      },
      gone: () => withdraw(active, job.id, clock.now()),
      closed: (reason) => closePlace(active, job.id, reason, clock.now()),
      dropped: () => observe({ type: 'preview_dropped', surface: surface.name }),
    });
    this.live.set(job.id, message);
    return message;
  }

  private describe(job: Job, preview?: Preview): Card {
    const { active, pathOf } = this.dependencies;
    const card = describeJob(job, pathOf, active.progressOf(job.id), preview);
    const link = card.origin && this.linkToOrigin(job, card.origin.job);
    return link === undefined ? card : { ...card, origin: { ...card.origin!, link } };
  }

  /** Looked up until it is known: a card is shown at every step, and the earlier message may still be on its way. */
  private linkToOrigin({ id, place }: Job, origin: string): string | undefined {
    const known = this.links.get(id);
    if (known !== undefined) return known;
    const { active, surfaces } = this.dependencies;
    const source = active.findIfKnown(origin);
    const isThere =
      source !== undefined && source.deletedAt === undefined && source.place.surface === place.surface;
    const link = isThere ? surfaces.get(place.surface)?.linkTo?.(source.place, source.messages) : undefined;
    if (link !== undefined) this.links.set(id, link);
    return link;
  }

  private describePost({ id, place, messages }: Job): Post {
    return { job: id, place, messages, mayAlreadyBePosted: this.doubtful.has(id) };
  }
}
