/** Who may be mentioned once their picture is there, the only mention there ever is; and who has waited so long that it helps. */
import { readPersonSettings } from '../../commands/personal-defaults.ts';
import { readServerSettings } from '../../commands/server-rules.ts';
import { JOBS } from '../../config/defaults.ts';
import type { Job } from '../jobs/job.ts';
import type { Preferences } from '../store/preferences.ts';

/** Whether the asker of this job may be mentioned: neither they nor their server have turned it off. */
export type MayMention = (job: Job) => boolean;

export function mentionsBy(preferences: Pick<Preferences, 'ofPerson' | 'ofServer'>): MayMention {
  return (job) => {
    if (readPersonSettings(preferences.ofPerson(job.by)).ping === 'no') return false;
    try {
      return readServerSettings(preferences.ofServer(job.place)).ping !== 'no';
    } catch {
      // They cannot be read: the picture comes all the same.
      return false;
    }
  };
}

/** It came to its end just now, by itself, long after it was asked for. Who has it posted once more looks on. */
export function isAwaited({ state, createdAt, endedAt, deletedAt }: Job): boolean {
  const isOver = state === 'running' || state === 'failed';
  return isOver && deletedAt === undefined && endedAt !== undefined && endedAt - createdAt > JOBS.longWait;
}
