/** Where an answer goes on Slack, as it is kept with the job: enough to find its messages again after a restart. */
import type { Json, MessageRef, Person, Place } from '../jobs/job.ts';

export const SURFACE = 'slack';

/** A response_url answers for 30 minutes; the last minute is left alone. */
const ANSWER_LIFE = 29 * 60_000;

/** The workspace, and the organisation that it belongs to if the app is installed there as a whole. */
export interface Home {
  readonly team: string;
  readonly enterprise?: string;
}

export type PlaceData = {
  readonly team: string;
  readonly enterprise?: string;
  /** The thread in which it was asked. */
  readonly thread?: string;
  /** Who is told, and in whose language: absent for a workflow that names nobody. */
  readonly user?: string;
  /** The run of a workflow step that waits for the outcome. */
  readonly step?: string;
  /** Tells the asker something privately, also where the bot is no member. `until` in milliseconds since 1970. */
  readonly answer?: { readonly url: string; readonly until: number };
};

export type SlackPlace = Place & { readonly data: PlaceData };

/** Where something was asked, and by whom. */
export interface Source extends Home {
  readonly channel: string;
  readonly thread?: string | undefined;
  readonly user: string;
  readonly responseUrl?: string | undefined;
}

/** @param at milliseconds since 1970 */
export function placeOf(
  { team, enterprise, channel, thread, user, responseUrl }: Source,
  at: number,
): SlackPlace {
  return {
    surface: SURFACE,
    channel,
    server: team,
    data: {
      team,
      ...(enterprise === undefined ? {} : { enterprise }),
      ...(thread === undefined ? {} : { thread }),
      user,
      ...(responseUrl === undefined ? {} : { answer: { url: responseUrl, until: at + ANSWER_LIFE } }),
    },
  };
}

/** What `placeOf` made, read back from the journal. */
export function dataOf({ data }: Place): PlaceData {
  return data as PlaceData & Json;
}

/** Ids of people are unique in their workspace only. */
export function personOf({ team }: Home, user: string, name: string): Person {
  return { surface: SURFACE, id: `${team}/${user}`, name };
}

/** The platform's own id of a person, and their workspace. */
export function userOf({ id }: Pick<Person, 'id'>): { readonly team: string; readonly user: string } {
  const [team = '', user = ''] = id.split('/');
  return { team, user };
}

/** The message that a permalink leads to. */
export function messageOfLink(link: string): string | undefined {
  const [, channel, seconds, rest] =
    /\/archives\/([A-Z0-9]{6,20})\/p(\d{10})(\d{6})(?:\?|$)/.exec(link) ?? [];
  return channel === undefined ? undefined : messageId(channel, `${seconds}.${rest}`);
}

/** A message's time stamp is unique in its channel only. */
export const messageId = (channel: string, ts: string) => `${channel}:${ts}`;

export function refOf(channel: string, ts: string, isFinal = false): MessageRef {
  return { id: messageId(channel, ts), ...(isFinal ? { data: { final: true } } : {}) };
}

/** @param link the address of a final for people, where Slack told it */
export function withLink(final: MessageRef, link: string | undefined): MessageRef {
  return link === undefined ? final : { ...final, data: { final: true, link } };
}

export function linkOf(messages: readonly MessageRef[]): string | undefined {
  return (messages.find(isFinalRef)?.data as { link?: string } | undefined)?.link;
}

export function isFinalRef({ data }: MessageRef): boolean {
  return (data as { final?: boolean } | undefined)?.final === true;
}

export function addressOf({ id }: MessageRef): { readonly channel: string; readonly ts: string } {
  const [channel = '', ts = ''] = id.split(':');
  return { channel, ts };
}
