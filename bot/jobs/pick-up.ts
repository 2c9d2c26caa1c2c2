/** What a start makes of the jobs that the last run left: nothing is lost, nothing is posted blindly. */
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
}

/**
 * Jobs that were running are tried again, before those that waited; waiting jobs go on in their order. What is owed
 * to messages is brought when their surface connects, which is told that the last call may have been carried out.
 */
export async function pickUp({ journal, store, jobs, delivery, workshop }: PickUpParts): Promise<void> {
  await store.sweep(journal.filesInUse());
  const left = journal.unsettled();
  for (const job of left) {
    jobs.add(job);
    delivery.doubt(job.id);
  }
  for (const job of left) {
    if (await hasLostPictures(job, store)) void jobs.move(job.id, { type: 'lose' });
  }
  for (const job of left) {
    if (mayMove(jobs.find(job.id), 'retry')) workshop.tryAgain(job.id, 'The service was stopped meanwhile.');
    else if (job.state === 'running' && mayMove(jobs.find(job.id), 'start'))
      workshop.enqueue(jobs.find(job.id), true);
  }
  for (const job of left) if (job.state === 'queued') workshop.enqueue(job);
}

/** After a power failure, a picture that the journal knows may be missing where its file system is lazy with names. */
async function hasLostPictures(job: Job, store: PictureStore): Promise<boolean> {
  if (!mayMove(job, 'lose')) return false;
  const whole = await Promise.all(job.pictures.map((picture) => store.isWhole(picture)));
  return whole.includes(false);
}
