/** Unfinished jobs that nobody waits for any more. */
import type { ActiveJobs } from './active-jobs.ts';
import { canTransition } from './job.ts';

/** Somebody removed the message of an unfinished job, or never got one. @param at milliseconds since 1970 */
export function withdraw(active: ActiveJobs, id: string, at: number): void {
  if (!canTransition(active.find(id), 'cancel')) return;
  active.transition(id, [{ type: 'cancel', at }, { type: 'gone' }]).catch(() => {});
}

/** Nothing can be shown any more where it was asked for: it ends, and its asker is told. @param at milliseconds since 1970 */
export function closePlace(active: ActiveJobs, id: string, reason: string, at: number): void {
  if (!canTransition(active.find(id), 'fail')) return;
  const fault = { code: 'place.closed', data: { reason } } as const;
  active.transition(id, { type: 'fail', at, fault }).catch(() => {});
}
