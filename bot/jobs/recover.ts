/** What a start makes of the jobs that the last run left: nothing is lost, nothing is posted blindly. */
import type { Journal } from '../store/journal.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { ActiveJobs } from './active-jobs.ts';
import { canTransition, type Job } from './job.ts';
import type { JobRunner } from './job-runner.ts';

export interface RecoveryDependencies {
  readonly journal: Journal;
  readonly store: PictureStore;
  readonly active: ActiveJobs;
  readonly runner: JobRunner;
}

/**
 * Jobs that were running are tried again, before those that waited; waiting jobs go on in their order. What is owed
 * to messages is brought when their surface connects, which is told that the last call may have been carried out.
 */
export async function recover({ journal, store, active, runner }: RecoveryDependencies): Promise<void> {
  await store.sweep(journal.filesInUse());
  const left = journal.unsettled();
  for (const job of left) active.add(job, 'recovered');
  for (const job of left) {
    // A job whose picture is gone waits again, and may have begun by the time the next one is looked at.
    if (await hasLostPictures(job, store)) void active.transition(job.id, { type: 'lose' });
    else if (canTransition(job, 'retry')) runner.tryAgain(job.id, 'The service was stopped meanwhile.');
  }
  for (const job of left) if (job.state === 'queued') runner.enqueue(job);
}

/** After a power failure, a picture that the journal knows may be missing where its file system is lazy with names. */
async function hasLostPictures(job: Job, store: PictureStore): Promise<boolean> {
  if (!canTransition(job, 'lose')) return false;
  const whole = await Promise.all(job.pictures.map((picture) => store.isWhole(picture)));
  return whole.includes(false);
}
