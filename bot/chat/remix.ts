/** What a Remix form keeps of the job it was opened on. */
import type { Given } from '../../commands/command.ts';
import { OPTION_NAMES, WITH_PICTURES } from '../../commands/options.ts';
import { Fault } from '../../config/faults.ts';
import type { Job } from '../jobs/job.ts';

/**
 * Everything that was asked for but what the form asks anew, and what belongs to pictures, which are not kept.
 * @param anew by name: the form's fields, and flags among its words @throws Fault `job.deleted`
 */
export function optionsToKeep(job: Job, anew: Given): Given {
  if (job.deletedAt !== undefined) throw new Fault('job.deleted', {});
  // Of a size and an aspect the newer one counts.
  const shape = anew.aspect ? ['size'] : anew.size ? ['aspect'] : [];
  const dropped = ['prompt', 'model', 'seed', ...Object.keys(anew), ...shape, ...WITH_PICTURES];
  const kept = Object.entries(job.asked.options).filter(
    (entry): entry is [string, string | number] =>
      OPTION_NAMES.some((name) => name === entry[0]) &&
      !dropped.includes(entry[0]) &&
      (typeof entry[1] === 'string' || typeof entry[1] === 'number'),
  );
  return Object.fromEntries(kept);
}
