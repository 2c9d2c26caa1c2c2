/** A button or menu: of a job's message, or one that stands for a typed command. */
import { parseLine } from '../../commands/index.ts';
import { Fault } from '../../config/faults.ts';
import { type Pressed, readCustomId } from '../custom-id.ts';
import { type Acknowledge, type Answer, answering, askingOf, type Heard } from './answering.ts';
import { remixForm } from './forms.ts';
import { runTyped } from './on-command.ts';
import { openForm } from './open-form.ts';
import type { Shared } from './parts.ts';

/** What Slack sends. */
export interface ActionBody {
  readonly trigger_id: string;
  readonly response_url?: string;
  readonly team?: { readonly id: string } | null;
  readonly enterprise?: { readonly id: string } | null;
  readonly user: {
    readonly id: string;
    readonly name?: string;
    readonly username?: string;
    readonly team_id?: string;
  };
  readonly channel?: { readonly id: string };
  readonly container?: { readonly channel_id?: string; readonly thread_ts?: string };
  readonly message?: { readonly thread_ts?: string };
  readonly actions: readonly {
    readonly action_id: string;
    readonly selected_option?: { readonly value: string } | null;
  }[];
}

export function onAction(body: ActionBody, acknowledge: Acknowledge, shared: Shared): Promise<void> {
  const [action] = body.actions;
  const pressed = readCustomId(action?.selected_option?.value ?? action?.action_id ?? '');
  const heard = heardOf(body, acknowledge);
  return answering(heard, shared, (answer) => {
    if (pressed?.kind === 'typed') return runTyped(parseLine(pressed.line), heard, answer, shared);
    if (pressed?.kind !== 'job') throw new Fault('job.unknown', {});
    return actOnJob(pressed, body.trigger_id, heard, answer, shared);
  });
}

function heardOf(body: ActionBody, acknowledge: Acknowledge): Heard {
  const { user, team, enterprise, channel, container, message, response_url: responseUrl } = body;
  const thread = message?.thread_ts ?? container?.thread_ts;
  return {
    key: `slack:${body.trigger_id}`,
    name: user.name ?? user.username ?? user.id,
    spot: {
      team: team?.id ?? user.team_id ?? '',
      ...(enterprise ? { enterprise: enterprise.id } : {}),
      channel: channel?.id ?? container?.channel_id ?? '',
      thread,
      user: user.id,
      responseUrl,
    },
    acknowledge,
  };
}

/** @throws Fault */
async function actOnJob(
  { action, job, picture }: Pressed & { kind: 'job' },
  trigger: string,
  heard: Heard,
  answer: Answer,
  shared: Shared,
): Promise<void> {
  const { desk, house, calls, people } = shared;
  const asking = await askingOf(heard, shared);
  const { spot } = heard;
  switch (action) {
    case 'cancel':
    case 'delete':
      void answer.acknowledge();
      await (action === 'cancel' ? desk.cancel(job, asking.by) : desk.delete(job, asking.by));
      return;
    case 'remix': {
      const found = desk.find(job);
      if (found.deletedAt !== undefined) throw new Fault('job.deleted', {});
      void answer.acknowledge();
      const language = await people.language(spot, spot.user);
      const { channel, thread } = spot;
      const view = remixForm(found, house.models, { channel, thread }, language);
      await openForm(spot, trigger, view, calls);
      return;
    }
    case 'again':
    case 'reroll':
    case 'vary':
    case 'finalize':
      await desk.followUp(action, job, asking, picture);
      return;
    default:
      action satisfies never;
  }
}
