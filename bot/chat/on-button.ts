/** A button or a menu's entry: of a job's message, or one that stands for a typed command. */
import { parseLine } from '../../commands/index.ts';
import { Fault } from '../../config/faults.ts';
import type { Job } from '../jobs/job.ts';
import type { HandlerDependencies } from './chat-dependencies.ts';
import type { Acknowledgement, Context } from './context.ts';
import type { Pressed } from './custom-id.ts';
import { remixForm } from './forms.ts';
import { onCommand, respond } from './on-command.ts';

type JobPressed = Extract<Pressed, { kind: 'job' }>;

/** @param pressed undefined for an id that is not ours */
export function onButton(
  context: Context,
  pressed: Pressed | undefined,
  chat: HandlerDependencies,
): Promise<void> {
  if (pressed?.kind === 'job') {
    return respond(context, acknowledgementOf(pressed, chat), chat, () => actOnJob(context, pressed, chat));
  }
  return onCommand(context, 'private', chat, () => {
    if (pressed?.kind !== 'typed') throw new Fault('job.unknown', {});
    return parseLine(pressed.line);
  });
}

function acknowledgementOf({ action, job }: JobPressed, { jobs }: HandlerDependencies): Acknowledgement {
  if (action === 'remix') return 'private';
  if (action === 'again') return isBroughtAgain(jobs.findIfKnown(job)) ? 'update' : 'message';
  return action === 'cancel' || action === 'delete' ? 'update' : 'message';
}

/** Its pictures are there: they come into the message that it has already. */
function isBroughtAgain(job: Job | undefined): boolean {
  return job?.state === 'undelivered';
}

async function actOnJob(
  context: Context,
  { action, job, picture }: JobPressed,
  { jobs, installation }: HandlerDependencies,
): Promise<void> {
  switch (action) {
    case 'cancel':
    case 'delete': {
      await context.acknowledge?.('update', job);
      const by = await context.by();
      await (action === 'cancel' ? jobs.cancel(job, by) : jobs.delete(job, by));
      return;
    }
    case 'remix': {
      const found = jobs.find(job);
      if (found.deletedAt !== undefined) throw new Fault('job.deleted', {});
      await context.openForm?.(remixForm(found, installation, await context.language()));
      return;
    }
    case 'again':
    case 'reroll':
    case 'pick':
    case 'vary':
    case 'subtle':
    case 'strong':
    case 'upscale':
    case 'zoom':
    case 'finalize': {
      const found = jobs.find(job);
      if (action === 'again' && isBroughtAgain(found)) {
        const { messages } = found;
        await context.acknowledge?.('update', job);
        await jobs.followUp('again', job, { ...(await context.asking()), messages });
        return;
      }
      const made = await jobs.followUp(action, job, await context.asking(), picture);
      await context.promise?.(made.id);
      return;
    }
    default:
      action satisfies never;
  }
}
