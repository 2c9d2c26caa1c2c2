/** What a start makes of the jobs that the last run left: nothing is lost, nothing is posted blindly. */
import { JOBS } from '../../config/defaults.ts';
import type { JobRecords } from '../store/job-records.ts';
import type { PictureStore } from '../store/picture-store.ts';
import type { ActiveJobs } from './active-jobs.ts';
import type { JobEvents } from './events.ts';
import { canTransition, type Job } from './job.ts';
import type { JobRunner } from './job-runner.ts';

export interface RecoveryDependencies {
  readonly records: JobRecords;
  readonly store: PictureStore;
  readonly active: ActiveJobs;
  readonly events: JobEvents;
  readonly runner: JobRunner;
  /** The last run ended by its own fault, not by anybody's hand. */
  readonly crashed: boolean;
}

/**
 * Jobs that were running are tried again, before those that waited; waiting jobs go on in their order. That the
 * service was killed is not their fault. Where it ended by itself, each of them is suspected: one at a time is tried,
 * so that the next such end tells which it was, and one that has ended it twice is set aside. What is owed to messages
 * is brought when their surface connects, which is told that the last call may have been carried out.
 */
export async function recover(dependencies: RecoveryDependencies): Promise<void> {
  const { records, store, active, events, runner, crashed } = dependencies;
  await store.sweep(records.filesInUse());
  const left = records.unsettled();
  for (const job of left) {
    active.hold(job);
    events.publish({ type: 'recovered', job });
  }
  for (const job of left) {
    // A job whose picture is gone waits again, and may have begun by the time the next one is looked at.
    if (await hasLostPictures(job, store)) void active.transition(job.id, { type: 'lose' });
  }
  const suspects: string[] = [];
  for (const job of left) {
    // One whose picture is gone waits already, and may have begun.
    if (canTransition(job, 'lose') && !canTransition(active.find(job.id), 'lose')) continue;
    if (canTransition(active.find(job.id), 'release'))
      void active.transition(job.id, { type: 'release', crash: crashed });
    const { state, crashes = 0 } = active.find(job.id);
    if (state !== 'queued') continue;
    if (crashes >= JOBS.crashes) runner.setAside(job.id, crashes);
    else if (crashes > 0) suspects.push(job.id);
    else if (job.state !== 'queued') runner.enqueue(active.find(job.id), true);
  }
  for (const job of left) {
    if (job.state === 'queued' && (job.crashes ?? 0) === 0) runner.enqueue(job);
  }
  tryInTurn(suspects, dependencies);
}

/** The first of them waits for its device; each other follows when the one before is done with it. */
function tryInTurn([next, ...others]: readonly string[], dependencies: RecoveryDependencies): void {
  const { active, events, runner } = dependencies;
  if (next === undefined) return;
  const isOver = (job: Job | undefined) => job === undefined || !canTransition(job, 'cancel');
  if (isOver(active.get(next))) {
    tryInTurn(others, dependencies);
    return;
  }
  const stop = events.subscribeTo(next, ({ job }) => {
    if (!isOver(job)) return;
    stop();
    tryInTurn(others, dependencies);
  });
  runner.enqueue(active.find(next), true);
}

/** After a power failure, a picture that the journal knows may be missing where its file system is lazy with names. */
async function hasLostPictures(job: Job, store: PictureStore): Promise<boolean> {
  if (!canTransition(job, 'lose')) return false;
  const whole = await Promise.all(job.pictures.map((picture) => store.isWhole(picture)));
  return whole.includes(false);
}
