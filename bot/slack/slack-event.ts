/** What Slack told us, of whatever kind, as the handlers need it: which event, who, where, and how it is acknowledged. */
import { createHash } from 'node:crypto';
import type {
  AckFn,
  BlockAction,
  EnvelopedEvent,
  MessageShortcut,
  RespondArguments,
  SlashCommand,
  ViewOutput,
  ViewResponseAction,
  ViewSubmitAction,
} from '@slack/bolt';
import type { SlackMessage } from './blocks.ts';
import { type FormOrigin, readFields, readOrigin } from './draw-form.ts';
import { ephemeralAnswer } from './messages.ts';
import type { Home, Source } from './place.ts';
import type { Users } from './users.ts';

export type Acknowledge = () => Promise<void>;

export interface SlackEvent {
  /** The event's own id: `slack:` and what Slack calls it. */
  readonly key: string;
  readonly source: Source;
  readonly name: string;
  readonly acknowledge?: Acknowledge;
  /** Acknowledges it with words for the asker. */
  readonly answer?: (message: SlackMessage) => Promise<void>;
  /** Opens a form within three seconds. */
  readonly trigger?: string;
  /** The fields of a form that was sent. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Acknowledges a form by saying what is wrong with its fields, beside each. */
  readonly correct?: (errors: Record<string, string>) => Promise<void>;
  /** The address of a picture that a form is opened for. */
  readonly picture?: string | undefined;
}

export function eventOfCommand(command: SlashCommand, ack: AckFn<string | RespondArguments>): SlackEvent {
  const { trigger_id, user_id, user_name, team_id, enterprise_id, channel_id, response_url } = command;
  const home = homeOf(team_id, enterprise_id);
  return {
    key: `slack:${trigger_id}`,
    name: user_name ?? user_id,
    source: { ...home, channel: channel_id, user: user_id, responseUrl: response_url },
    acknowledge: () => ack(),
    answer: (message) => ack(ephemeralAnswer(message)),
    trigger: trigger_id,
  };
}

/** A button or a menu's entry of a message, or the shortcut of one. */
export function eventOfPress(body: BlockAction | MessageShortcut, acknowledge: Acknowledge): SlackEvent {
  const { team, enterprise, user, channel, message, trigger_id, response_url } = body;
  const container = 'container' in body ? body.container : undefined;
  return {
    key: `slack:${trigger_id}`,
    name: user.name ?? ('username' in user ? user.username : user.id),
    source: {
      ...homeOf(team?.id ?? user.team_id, enterprise?.id),
      // On the app's Home tab there is none: what is said there goes to the conversation with them.
      channel: channel?.id ?? container?.channel_id ?? user.id,
      thread: message?.thread_ts ?? container?.thread_ts,
      user: user.id,
      responseUrl: response_url,
    },
    acknowledge,
    trigger: trigger_id,
  };
}

export function eventOfForm(body: ViewSubmitAction, ack: AckFn<ViewResponseAction>): SlackEvent & FormSent {
  const { team, enterprise, user, trigger_id } = body;
  const view: ViewOutput = body.view;
  const origin = readOrigin(view.private_metadata);
  const { channel, thread } = origin;
  // Of an app that a whole organisation has installed, Slack names the organisation here (slackapi/bolt-js#1720).
  const { app_installed_team_id: installed } = view;
  const workspace = installed?.startsWith('E') ? undefined : installed;
  const home = homeOf(workspace ?? team?.id ?? user.team_id, enterprise?.id);
  return {
    key: `slack:${view.id}:${trigger_id ?? digestOf(view.state)}`,
    name: user.name ?? user.id,
    source: { ...home, channel, thread, user: user.id },
    acknowledge: () => ack(),
    correct: (errors) => ack({ response_action: 'errors', errors }),
    fields: readFields(view.state),
    origin,
  };
}

/** Ids of events are kept and logged: nobody's words stand in one. */
function digestOf(state: object): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 32);
}

interface FormSent {
  readonly fields: Readonly<Record<string, string>>;
  readonly origin: FormOrigin;
}

/** What is around every event of the Events API. */
export type Envelope<Event> = Pick<
  EnvelopedEvent<Event>,
  'event_id' | 'team_id' | 'enterprise_id' | 'authorizations' | 'event'
>;

/** The workspace of an event: that of the installation, which may have another name than the sender's. */
export function homeOfEnvelope({ team_id, enterprise_id, authorizations }: Envelope<unknown>): Home {
  const [own] = authorizations ?? [];
  return homeOf(own?.team_id ?? team_id, own?.enterprise_id ?? enterprise_id);
}

/** A mention or a reaction: nothing acknowledges it, and it does not say what its sender is called. */
export async function eventOfEnvelope(
  body: Envelope<unknown>,
  where: Pick<Source, 'user' | 'channel' | 'thread'>,
  users: Users,
): Promise<SlackEvent> {
  const home = homeOfEnvelope(body);
  const { name } = await users.find({ ...home, user: where.user });
  return { key: `slack:${body.event_id}`, name, source: { ...home, ...where } };
}

function homeOf(team = '', enterprise?: string | null): Home {
  return { team, ...(enterprise ? { enterprise } : {}) };
}
