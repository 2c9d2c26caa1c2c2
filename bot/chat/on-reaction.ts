/** A reaction on a picture: reroll, finalize, delete, on messages of any age; on an unfinished one, to cancel it. */
import { actionOfReaction, type FollowUpAction } from '../../commands/follow-up.ts';
import { offers } from '../jobs/followed.ts';
import type { Job } from '../jobs/job.ts';
import type { HandlerDependencies } from './chat-dependencies.ts';
import type { Context } from './context.ts';
import { respond } from './on-command.ts';

/** What the reaction asks for; undefined where the message has no such button: then it is just a reaction. */
export function askedByReaction(reaction: string, job: Job | undefined): FollowUpAction | undefined {
  const meant = actionOfReaction(reaction);
  // Nobody who crosses out what is still being made wants it to be finished first.
  const action = meant === 'delete' && job !== undefined && offers(job, 'cancel') ? 'cancel' : meant;
  return action !== undefined && job !== undefined && offers(job, action) ? action : undefined;
}

export function onReaction(
  context: Context,
  action: FollowUpAction,
  job: Job,
  { jobs, clock }: HandlerDependencies,
): Promise<void> {
  return respond(context, 'private', clock, async () => {
    if (action === 'delete') await jobs.delete(job.id, await context.by());
    else if (action === 'cancel') await jobs.cancel(job.id, await context.by());
    else if (action === 'reroll' || action === 'finalize')
      await jobs.followUp(action, job.id, await context.asking());
  });
}
