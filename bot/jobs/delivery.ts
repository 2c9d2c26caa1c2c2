/**
 * Brings jobs to their messages: progress while they last, then the last word, exactly once. That the last word is
 * about to be sent is on disk before it is sent; after a crash in between, the surface is told to look before it
 * posts again. An outage is waited out.
 */
import { JOBS } from '../../config/defaults.ts';
import type { Pixels } from '../../pipeline/request.ts';
import { describeJob } from '../card.ts';
import { type Clock, pause } from '../clock.ts';
import { LiveMessage } from '../live-message.ts';
import type { RouteBudgets } from '../route-budget.ts';
import { type Post, problemOf, type Surface } from '../surface.ts';
import { type Job, type Move, mayMove } from './job.ts';
import type { Observe } from './observation.ts';
import type { OpenJobs } from './open-jobs.ts';

export interface DeliveryParts {
  readonly jobs: OpenJobs;
  readonly budgets: RouteBudgets;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Absolute path of a file of the picture store. */
  readonly pathOf: (file: string) => string;
  /** Somebody removed the message of an unfinished job. */
  readonly onMessageGone: (id: string) => void;
  /** Nothing can be shown any more where an unfinished job was asked for. */
  readonly onPlaceClosed: (id: string, reason: string) => void;
}

export class Delivery {
  private readonly parts: DeliveryParts;
  private readonly surfaces = new Map<string, Surface>();
  private readonly live = new Map<string, LiveMessage>();
  /** Jobs whose last word is being brought. */
  private readonly concluding = new Map<string, Promise<void>>();
  /** Jobs with an earlier call to their surface of which nobody knows whether it was carried out. */
  private readonly doubtful = new Set<string>();
  private readonly stopped = new AbortController();

  constructor(parts: DeliveryParts) {
    this.parts = parts;
  }

  surface(name: string): Surface | undefined {
    return this.surfaces.get(name);
  }

  connect(surface: Surface): void {
    this.surfaces.set(surface.name, surface);
  }

  /** The jobs of before this start: their last calls may or may not have been carried out. */
  doubt(id: string): void {
    this.doubtful.add(id);
  }

  /** Shows an unfinished job as it is. */
  show(id: string, preview?: Pixels): void {
    const job = this.parts.jobs.get(id);
    if (job === undefined || job.delivery !== 'none') return;
    const message = this.liveMessage(job);
    message?.show(describeJob(job, this.parts.pathOf, this.parts.jobs.progressOf(id), preview));
  }

  /** Forgets the message of a job that waits far back, unless something is under way; true when there is none now. */
  layAside(id: string): boolean {
    if (this.live.get(id)?.isBusy) return false;
    this.live.delete(id);
    return true;
  }

  /** Rendering begins: its final must find a free call. */
  activate(id: string): void {
    const job = this.parts.jobs.get(id);
    if (job !== undefined) this.liveMessage(job)?.activate();
  }

  /** Brings the last word of a job, if it has one, until it has arrived; later, if its surface is not connected. */
  conclude(id: string): void {
    const surface = this.parts.jobs.get(id)?.place.surface;
    const isReachable = surface !== undefined && this.surfaces.has(surface);
    if (!isReachable || this.concluding.has(id) || this.stopped.signal.aborted) return;
    const done = this.bring(id)
      // Only the journal can fail here; that is told where it is written. The next start tries again.
      .catch(() => {})
      .finally(() => {
        this.concluding.delete(id);
        if (this.parts.jobs.get(id)?.delivery === 'due') this.conclude(id);
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
    const { jobs, clock } = this.parts;
    const { signal } = this.stopped;
    await this.live.get(id)?.settle();
    for (
      let wait: number = JOBS.retry.first;
      !signal.aborted;
      wait = Math.min(JOBS.retry.longest, 2 * wait)
    ) {
      if (mayMove(jobs.find(id), 'post')) await jobs.move(id, { type: 'post' });
      const job = jobs.get(id);
      const surface = job && this.surfaces.get(job.place.surface);
      if (job?.delivery !== 'posting' || surface === undefined) return;
      try {
        await this.post(job, surface);
        this.leave(id);
        if (jobs.get(id)?.delivery !== 'due') return;
      } catch (error) {
        if (signal.aborted) return;
        const retryAfter = this.endure(error, job);
        if (retryAfter === undefined) {
          if (jobs.find(id).state === 'undelivered') await this.tellUndelivered(id, surface);
          return;
        }
        await pause(clock, Math.max(retryAfter, wait), signal);
      }
    }
  }

  private async post(job: Job, surface: Surface): Promise<void> {
    const { jobs, budgets, clock, observe, pathOf } = this.parts;
    const { signal } = this.stopped;
    const post = this.describePost(job);
    budgets.spend(surface.route(post), surface.capabilities(job.place).calls);
    if (job.deletedAt !== undefined) {
      await surface.remove(post, signal);
      await jobs.move(job.id, { type: 'gone' });
      return;
    }
    const messages = await surface.finish(post, describeJob(job, pathOf), signal);
    // Both by the wall clock, since a restart may lie between them; it may have been set back meanwhile.
    const ms = Math.max(0, clock.now() - (job.endedAt ?? clock.now()));
    observe({ type: 'delivered', job: job.id, surface: surface.name, ms });
    await jobs.move(job.id, { type: 'posted', messages }, 'soon');
  }

  /** @returns milliseconds to wait before the next attempt; undefined where none can help */
  private endure(error: unknown, job: Job): number | undefined {
    const { observe } = this.parts;
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
        this.moveIfMay(job.id, { type: 'gone' });
        return undefined;
      case 'closed':
      case 'refused': {
        const { reason } = problem;
        this.leave(job.id);
        observe({ type: 'undelivered', job: job.id, surface, reason });
        this.moveIfMay(job.id, { type: 'refused', reason });
        return undefined;
      }
      default:
        return problem satisfies never;
    }
  }

  /** What cannot be written down is told where it is written; nobody waits for it here. */
  private moveIfMay(id: string, move: Move): void {
    const { jobs } = this.parts;
    if (mayMove(jobs.find(id), move.type)) jobs.move(id, move).catch(() => {});
  }

  /** The pictures were taken in no way: whoever asked is told in words, once, and how to have them after all. */
  private async tellUndelivered(id: string, surface: Surface): Promise<void> {
    const { jobs, observe, pathOf } = this.parts;
    const job = jobs.find(id);
    try {
      const card = describeJob(job, pathOf);
      const { signal } = this.stopped;
      const messages = await surface.tellUndelivered?.(this.describePost(job), card, signal);
      if (messages !== undefined) this.moveIfMay(id, { type: 'attach', messages });
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
    const { jobs, budgets, clock, observe, onMessageGone, onPlaceClosed } = this.parts;
    const surface = this.surfaces.get(job.place.surface);
    const found = this.live.get(job.id);
    if (found !== undefined || surface === undefined) return found;
    const message = new LiveMessage({
      surface,
      budgets,
      clock,
      post: () => this.describePost(jobs.find(job.id)),
      opened: (messages) => {
        if (mayMove(jobs.find(job.id), 'attach'))
          jobs.move(job.id, { type: 'attach', messages }, 'soon').catch(() => {});
      },
      gone: () => onMessageGone(job.id),
      closed: (reason) => onPlaceClosed(job.id, reason),
      dropped: () => observe({ type: 'preview_dropped', surface: surface.name }),
    });
    this.live.set(job.id, message);
    return message;
  }

  private describePost({ id, place, messages }: Job): Post {
    return { job: id, place, messages, mayAlreadyBePosted: this.doubtful.has(id) };
  }
}
