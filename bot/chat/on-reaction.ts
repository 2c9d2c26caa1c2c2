/** A reaction on a picture: reroll, finalize, delete, or send it to oneself, on messages of any age; on an unfinished one, to cancel it. */
import { actionOfReaction, type FollowUpAction, isMail } from '../../commands/follow-up.ts';
import { pictureReply } from '../../commands/picture-reply.ts';
import { offers } from '../jobs/followed.ts';
import type { Job } from '../jobs/job.ts';
import type { HandlerDependencies } from './chat-dependencies.ts';
import type { Context } from './context.ts';
import { toShown } from './job-service.ts';
import { respond } from './on-command.ts';

/** `mail`: whoever reacts wants the pictures' files for themselves. */
type Reacted = FollowUpAction | 'mail';

/** What the reaction asks for; undefined where the message has no such button: then it is just a reaction. */
export function askedByReaction(reaction: string, job: Job | undefined): Reacted | undefined {
  if (isMail(reaction)) return job !== undefined && job.pictures.length > 0 ? 'mail' : undefined;
  const meant = actionOfReaction(reaction);
  // Nobody who crosses out what is still being made wants it to be finished first.
  const action = meant === 'delete' && job !== undefined && offers(job, 'cancel') ? 'cancel' : meant;
  return action !== undefined && job !== undefined && offers(job, action) ? action : undefined;
}

export function onReaction(
  context: Context,
  action: Reacted,
  job: Job,
  chat: HandlerDependencies,
): Promise<void> {
  const { jobs } = chat;
  return respond(context, 'private', chat, async () => {
    if (action === 'mail') await context.reply?.(pictureReply(toShown(job), await context.language()));
    else if (action === 'delete') await jobs.delete(job.id, await context.by());
    else if (action === 'cancel') await jobs.cancel(job.id, await context.by());
    else if (action === 'reroll' || action === 'finalize')
      await jobs.followUp(action, job.id, await context.asking());
  });
}
