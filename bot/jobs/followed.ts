/** A job as the rules of its buttons and reactions see it. */
import { actionsFor, type FollowedJob, type FollowUpAction } from '../../commands/follow-up.ts';
import type { Job } from './job.ts';

export type CardState = FollowedJob['state'];

/** A job is finished for its message as soon as its pictures are there to be shown. */
export function stateOf(job: Job): CardState {
  switch (job.state) {
    case 'queued':
      return 'waiting';
    case 'running':
      return job.pictures.length > 0 ? 'finished' : 'running';
    case 'delivered':
    case 'undelivered':
      return 'finished';
    case 'failed':
    case 'cancelled':
      return job.state;
    default:
      return job.state satisfies never;
  }
}

/** What the rules of buttons and reactions look at. */
export function followed(job: Job): FollowedJob {
  const { workflow, upscale } = job.asked.request;
  const made = workflow !== undefined ? 'workflow' : upscale !== undefined ? 'upscaled' : undefined;
  return {
    state: stateOf(job),
    deleted: job.deletedAt !== undefined,
    name: job.by.name,
    model: job.asked.request.model.name,
    pictures: job.pictures.length,
    isDraft: job.asked.finalModel !== undefined,
    ...(made === undefined ? {} : { made }),
    isUndelivered: job.state === 'undelivered' && job.delivery === 'refused',
  };
}

/** Whether the job's message has this button: any other reaction is just a reaction. */
export function offers(job: Job, action: FollowUpAction): boolean {
  return actionsFor(followed(job)).includes(action);
}
