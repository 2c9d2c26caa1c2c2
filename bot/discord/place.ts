/** Where an answer goes on Discord, as it is kept with the job: enough to find the message again after a restart. */
import { type APIInteraction, PermissionFlagsBits } from 'discord.js';
import type { Json, Person, Place } from '../jobs/job.ts';
import { allows } from './permissions.ts';

export const SURFACE = 'discord';

/** An interaction's token answers for 15 minutes; the last half minute is left alone. */
export const TOKEN_LIFE = 15 * 60_000 - 30_000;
const EPOCH = 1_420_070_400_000;
/** What everybody may upload: 10 MiB. */
export const USUAL_FILE_LIMIT = 10 * 1024 * 1024;

/** What answers one interaction. */
export type InteractionToken = {
  readonly application: string;
  readonly token: string;
  /** Milliseconds since 1970, counted from when it came: Discord's stamps are of another clock. */
  readonly until: number;
};

export type PlaceData = {
  readonly token?: InteractionToken;
  /** The bot takes part there: messages can be reached without a token, at any time. */
  readonly open: boolean;
  /** It takes part, but may not do there what that needs: it is tried, and not promised. */
  readonly doubtful?: true;
  /** Discord's name of the language in which everybody there is addressed. */
  readonly locale: string;
  /** Bytes that one file may have. */
  readonly fileLimit: number;
  /** The message that this answers. */
  readonly replyTo?: string;
};

export type DiscordPlace = Place & { readonly data: PlaceData };

/** @param at when it came: milliseconds since 1970 */
export function placeOf(interaction: APIInteraction, at: number): DiscordPlace {
  const { guild_id, channel, channel_id, guild_locale, attachment_size_limit } = interaction;
  const locale = 'locale' in interaction ? interaction.locale : undefined;
  return {
    surface: SURFACE,
    channel: channel?.id ?? channel_id ?? '',
    ...(guild_id === undefined ? {} : { server: guild_id }),
    data: {
      token: tokenOf(interaction, at),
      open: takesPart(interaction),
      ...(mayReach(interaction) ? {} : { doubtful: true }),
      locale: guild_locale ?? locale ?? 'en-US',
      fileLimit: attachment_size_limit ?? USUAL_FILE_LIMIT,
    },
  };
}

/** What answers the interaction, for a while. @param at when it came: milliseconds since 1970 */
export function tokenOf({ application_id, token }: APIInteraction, at: number): InteractionToken {
  return { application: application_id, token, until: at + TOKEN_LIFE };
}

/** Where the bot was not installed but carried in by one person, nothing can be said once the token is over. */
function takesPart(interaction: APIInteraction): boolean {
  const BOT_DM = 1;
  const { authorizing_integration_owners: owners, context }: Partial<APIInteraction> = interaction;
  return owners === undefined || owners[0] !== undefined || context === BOT_DM;
}

/** Without the right to see the channel and to attach files there, a message can be changed by the token only. */
function mayReach({ app_permissions: permissions, guild_id }: Partial<APIInteraction>): boolean {
  // Of a direct message Discord names what may be done in it, not that it is seen.
  const seen = guild_id === undefined ? 0n : PermissionFlagsBits.ViewChannel;
  return permissions === undefined || allows(permissions, seen | PermissionFlagsBits.AttachFiles);
}

export function placeOfReaction(channel: string, guild: string | undefined, message: string, locale: string) {
  const data = { open: true, locale, fileLimit: USUAL_FILE_LIMIT, replyTo: message };
  const server = guild === undefined ? {} : { server: guild };
  return { surface: SURFACE, channel, ...server, data } satisfies DiscordPlace;
}

type Kept = PlaceData & { readonly ticket?: InteractionToken };

/** What `placeOf` made, read back from the journal; a token was called a ticket once. */
export function dataOf({ data }: Place): PlaceData {
  const { ticket, ...kept }: Kept = data as PlaceData & Json;
  return ticket === undefined ? kept : { ...kept, token: ticket };
}

/** The message that a link of Discord's leads to. */
export function messageOfLink(link: string): string | undefined {
  return /\/channels\/(?:@me|\d{15,20})\/\d{15,20}\/(\d{15,20})$/.exec(link)?.[1];
}

export function personOf(interaction: APIInteraction): Person {
  const user = interaction.member?.user ?? interaction.user;
  if (user === undefined) throw new Error('an interaction of nobody');
  return { surface: SURFACE, id: user.id, name: user.global_name ?? user.username };
}

/** When anything's id (snowflake) was made, by Discord's clock: milliseconds since 1970. @throws where it is none */
export function sentAt(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH;
}
