/** What a start makes of the jobs that the last run left: nothing is lost, nothing is posted blindly. */

import { JOBS } from '../../config/defaults.ts';
import type { Delivery } from './delivery.ts';
import { type Job, mayMove } from './job.ts';
import type { Journal } from './journal.ts';
import type { OpenJobs } from './open-jobs.ts';
import type { PictureStore } from './picture-store.ts';
import type { Workshop } from './workshop.ts';

export interface PickUpParts {
  readonly journal: Journal;
  readonly store: PictureStore;
  readonly jobs: OpenJobs;
  readonly delivery: Delivery;
  readonly workshop: Workshop;
  /** The last run ended by its own fault, not by anybody's hand. */
  readonly crashed: boolean;
}

/**
 * Jobs that were running are tried again, before those that waited; waiting jobs go on in their order. That the
 * service was killed is not their fault. Where it ended by itself, each of them is suspected: one at a time is tried,
 * so that the next such end tells which it was, and one that has ended it twice is set aside. What is owed to messages
 * is brought when their surface connects, which is told that the last call may have been carried out.
 */
export async function pickUp(parts: PickUpParts): Promise<void> {
  const { journal, store, jobs, delivery, workshop, crashed } = parts;
  await store.sweep(journal.filesInUse());
  const left = journal.unsettled();
  for (const job of left) {
    jobs.add(job);
    delivery.doubt(job.id);
  }
  for (const job of left) {
    if (await hasLostPictures(job, store)) void jobs.move(job.id, { type: 'lose' });
  }
  const suspects: string[] = [];
  for (const job of left) {
    if (mayMove(jobs.find(job.id), 'release')) void jobs.move(job.id, { type: 'release', crash: crashed });
    const { state, crashes = 0 } = jobs.find(job.id);
    if (state !== 'queued') continue;
    if (crashes >= JOBS.crashes) workshop.setAside(job.id, crashes);
    else if (crashes > 0) suspects.push(job.id);
    else if (job.state !== 'queued') workshop.enqueue(jobs.find(job.id), true);
  }
  for (const job of left) {
    if (job.state === 'queued' && (job.crashes ?? 0) === 0) workshop.enqueue(job);
  }
  tryInTurn(suspects, jobs, workshop);
}

/** The first of them waits for its device; each other follows when the one before is done with it. */
function tryInTurn([next, ...others]: readonly string[], jobs: OpenJobs, workshop: Workshop): void {
  if (next === undefined) return;
  const isOver = (job: Job | undefined) => job === undefined || !mayMove(job, 'cancel');
  if (isOver(jobs.get(next))) {
    tryInTurn(others, jobs, workshop);
    return;
  }
  const stop = jobs.watch(next, (_, news) => {
    if (news.type !== 'job' || !isOver(news.job)) return;
    stop();
    tryInTurn(others, jobs, workshop);
  });
  workshop.enqueue(jobs.find(next), true);
}

/** After a power failure, a picture that the journal knows may be missing where its file system is lazy with names. */
async function hasLostPictures(job: Job, store: PictureStore): Promise<boolean> {
  if (!mayMove(job, 'lose')) return false;
  const whole = await Promise.all(job.pictures.map((picture) => store.isWhole(picture)));
  return whole.includes(false);
}
