/**
 * Requests made from a finished job by its buttons and reactions. Nothing is rendered for `pick`, nor for `again` where
 * the pictures are there and could not be delivered: then it is the job itself that is brought.
 */
import { DEFAULTS, JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { Wanted } from '../devices/elsewhere.ts';
import type { PictureStore } from '../store/picture-store.ts';
import { atMost, type Clock } from '../time/clock.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { Admission, Asking } from './admission.ts';
import { finalize, pick, type Resolve, reroll, upscale, vary, zoomOut } from './follow-ups.ts';
import { type Asked, canTransition, type Job, type Origin } from './job.ts';

export type FollowUp = Exclude<Origin['kind'], 'remix'>;

export interface FollowUpDependencies {
  readonly active: ActiveJobs;
  readonly admission: Admission;
  readonly store: PictureStore;
  readonly clock: Clock;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  /** Decides every value for options as `/imagine` does. */
  readonly resolve: Resolve;
  /** @throws Fault `device.none_draws` where no device has the files of it */
  readonly checkDrawn: (wanted: Wanted) => void;
  /** A job that was taken in waits for its turn. */
  readonly enqueue: (job: Job) => void;
}

export class FollowUpRequests {
  private readonly dependencies: FollowUpDependencies;

  constructor(dependencies: FollowUpDependencies) {
    this.dependencies = dependencies;
  }

  /**
   * @param allowed the job as it is now. It throws Fault `job.*` where that cannot be done with it (any more)
   * @param picture which of the job's pictures, from 0 @throws Fault `job.*`, and as `Jobs.submit`
   */
  async make(kind: FollowUp, allowed: () => Job, asking: Asking, picture: number): Promise<Job> {
    const source = allowed();
    if (kind === 'again' && source.state === 'undelivered') return this.redeliver(source.id, asking);
    if (kind === 'pick') return this.pick(source, picture, asking);
    const { active, admission, checkDrawn, enqueue } = this.dependencies;
    const entry = admission.enter(asking);
    if ('known' in entry) return entry.known;
    try {
      const asked = await this.ask(kind, source, picture);
      checkDrawn(asked.request);
      // Deleted, or its asker forgotten, while that was decided: their words go no further.
      allowed();
      const job = await admission.write(entry.id, asking, asked, { kind, job: source.id, picture });
      if (job.id === entry.id) {
        active.hold(job);
        enqueue(job);
      }
      return active.find(job.id);
    } finally {
      entry.leave();
    }
  }

  private async ask(kind: Exclude<FollowUp, 'pick'>, source: Job, picture: number): Promise<Asked> {
    const { randomSeed, resolve, store } = this.dependencies;
    switch (kind) {
      case 'again':
        return source.asked;
      case 'reroll':
        return reroll(source, randomSeed());
      case 'vary':
        return vary(source, picture, randomSeed(), resolve);
      case 'subtle':
      case 'strong':
        return vary(source, picture, randomSeed(), resolve, DEFAULTS[kind]);
      case 'upscale':
        return upscale(source, resolve);
      case 'zoom':
        return zoomOut(source, picture, randomSeed(), resolve, (file) => store.read(file));
      case 'finalize':
        return finalize(source, resolve);
      default:
        return kind satisfies never;
    }
  }

  /** A crash before its picture is there costs nothing but time: it is drawn, and is the same. */
  private async pick(source: Job, picture: number, asking: Asking): Promise<Job> {
    const { active, admission, store, clock, enqueue } = this.dependencies;
    const { id, state, timings, pictures } = source;
    const picked = pictures[picture];
    if (picked === undefined || timings === undefined)
      throw new Fault('job.no_picture', { action: 'pick', state });
    const entry = admission.enterFreely(asking);
    if ('known' in entry) return entry.known;
    const origin = { kind: 'pick', job: id, picture } as const;
    const job = await admission.write(entry.id, asking, pick(source, picture), origin);
    if (job.id !== entry.id) return job;
    active.hold(job);
    const bytes = await store.read(picked.file);
    const kept = bytes && (await store.savePicture(job.id, 0, bytes).catch(() => undefined));
    if (!canTransition(active.find(job.id), 'take')) {
      // Cancelled or deleted while its file was written.
      if (kept !== undefined) await store.remove(kept.file);
    } else if (kept === undefined) {
      // Deleted meanwhile, or no room for another file: then it is drawn, when there is.
      enqueue(job);
    } else {
      const change = { type: 'take', at: clock.now(), pictures: [kept], timings } as const;
      await atMost(clock, JOBS.answer, active.transition(job.id, change));
    }
    return active.find(job.id);
  }

  /** Brings pictures that were refused once more: there where they are asked for now, if the platform is the same. */
  private async redeliver(id: string, asking: Asking): Promise<Job> {
    const { active, clock } = this.dependencies;
    const job = active.find(id);
    const place = asking.place.surface === job.place.surface ? asking.place : job.place;
    const kept = place.channel === job.place.channel ? job.messages : [];
    const messages = asking.messages ?? kept;
    await atMost(clock, JOBS.answer, active.transition(id, { type: 'redeliver', place, messages }));
    return active.find(id);
  }
}
