/** What Slack told us, of whatever kind, as the handlers need it: which event, who, where, and how it is acknowledged. */
import type { BlockAction, MessageShortcut, SlashCommand, ViewSubmitAction } from '@slack/bolt';
import { type FormOrigin, readFields, readOrigin } from './draw-form.ts';
import type { Spot } from './place.ts';
import type { Users } from './users.ts';

export type Acknowledge = (body?: object) => Promise<unknown>;

export interface SlackEvent {
  /** The event's own id: `slack:` and what Slack calls it. */
  readonly key: string;
  readonly spot: Spot;
  readonly name: string;
  readonly acknowledge?: Acknowledge;
  /** The acknowledgement can carry words for the asker. */
  readonly takesWords?: true;
  /** Opens a form within three seconds. */
  readonly trigger?: string;
  /** The fields of a form that was sent: what is wrong with one is said beside it. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The address of a picture that a form is opened for. */
  readonly picture?: string | undefined;
}

export function eventOfCommand(command: SlashCommand, acknowledge: Acknowledge): SlackEvent {
  const { trigger_id, user_id, user_name, team_id, enterprise_id, channel_id, response_url } = command;
  return {
    key: `slack:${trigger_id}`,
    name: user_name ?? user_id,
    spot: {
      team: team_id,
      ...(enterprise_id ? { enterprise: enterprise_id } : {}),
      channel: channel_id,
      user: user_id,
      responseUrl: response_url,
    },
    acknowledge,
    takesWords: true,
  };
}

export function eventOfAction(body: BlockAction, acknowledge: Acknowledge): SlackEvent {
  const { user, channel, container, message, trigger_id, response_url: responseUrl } = body;
  return {
    key: `slack:${trigger_id}`,
    name: user.name ?? user.username ?? user.id,
    spot: {
      ...homeOf(body),
      channel: channel?.id ?? container?.channel_id ?? '',
      thread: message?.thread_ts ?? container?.thread_ts,
      user: user.id,
      responseUrl,
    },
    acknowledge,
    trigger: trigger_id,
  };
}

export function eventOfForm(body: ViewSubmitAction, acknowledge: Acknowledge): SlackEvent & FormSent {
  const { view, user, trigger_id } = body;
  const origin = readOrigin(view.private_metadata);
  const home = homeOf(body);
  return {
    key: `slack:${view.id}:${trigger_id ?? JSON.stringify(view.state)}`,
    name: user.name ?? user.id,
    spot: {
      ...home,
      team: view.app_installed_team_id ?? home.team,
      channel: origin.channel,
      thread: origin.thread,
      user: user.id,
    },
    acknowledge,
    fields: readFields(view.state),
    origin,
  };
}

interface FormSent {
  readonly fields: Readonly<Record<string, string>>;
  readonly origin: FormOrigin;
}

export function eventOfShortcut(body: MessageShortcut, acknowledge: Acknowledge): SlackEvent {
  const { user, channel, message, trigger_id, response_url: responseUrl } = body;
  return {
    key: `slack:${trigger_id}`,
    name: user.name ?? user.id,
    spot: {
      ...homeOf(body),
      channel: channel.id,
      thread: message.thread_ts,
      user: user.id,
      responseUrl,
    },
    acknowledge,
    trigger: trigger_id,
  };
}

type Sent = Pick<BlockAction, 'team' | 'enterprise'> & { readonly user: { readonly team_id?: string } };

function homeOf({ team, enterprise, user }: Sent): Pick<Spot, 'team' | 'enterprise'> {
  return { team: team?.id ?? user.team_id ?? '', ...(enterprise ? { enterprise: enterprise.id } : {}) };
}

/** What is around every event of the Events API. */
export interface Envelope<Event> {
  readonly event_id: string;
  readonly team_id: string;
  readonly enterprise_id?: string | null;
  readonly authorizations?: readonly {
    readonly team_id?: string | null;
    readonly enterprise_id?: string | null;
  }[];
  readonly event: Event;
}

/** The workspace of an event: that of the installation, which may have another name than the sender's. */
export function homeOfEnvelope({ team_id, enterprise_id, authorizations }: Envelope<unknown>) {
  const [own] = authorizations ?? [];
  const enterprise = own?.enterprise_id ?? enterprise_id;
  return { team: own?.team_id ?? team_id, ...(enterprise ? { enterprise } : {}) };
}

/** A mention or a reaction: nothing acknowledges it, and it does not say what its sender is called. */
export async function eventOfEnvelope(
  body: Envelope<unknown>,
  where: Pick<Spot, 'user' | 'channel' | 'thread'>,
  users: Users,
): Promise<SlackEvent> {
  const home = homeOfEnvelope(body);
  const { name } = await users.find(home, where.user);
  return { key: `slack:${body.event_id}`, name, spot: { ...home, ...where } };
}
