/** The rules of a server as they bind whoever asks there: from what an event says, and from the roles and channels that are known. */
import {
  type APIInteraction,
  type GatewayMessageReactionAddDispatchData,
  type Guild,
  type GuildBasedChannel,
  PermissionFlagsBits,
} from 'discord.js';
import { checkServerRules, readServerSettings } from '../../commands/server-rules.ts';
import type { Shared } from './dependencies.ts';
import { allows } from './permissions.ts';
import { SURFACE } from './place.ts';

interface Asker {
  readonly id: string;
  readonly roles: readonly string[];
  readonly manages: boolean;
}

interface Where {
  readonly id: string;
  readonly parent_id?: string | null | undefined;
  readonly nsfw?: boolean | undefined;
}

type Known = Pick<Shared, 'client' | 'jobs' | 'preferences' | 'clock'>;

/** What refuses a request that the rules do not allow. It throws Fault `server.*`. */
export function rulesOfInteraction(
  { guild_id, member, channel, channel_id }: APIInteraction,
  known: Known,
): () => void {
  return () => {
    if (guild_id === undefined || member === undefined) return;
    const { user, roles, permissions } = member;
    const asker = { id: user.id, roles, manages: mayManage(permissions) };
    check(guild_id, asker, channel ?? { id: channel_id ?? '' }, known);
  };
}

/** The same for a reaction, which says less. @param channel where it was, if that is known: a thread is in no memory */
export function rulesOfReaction(
  { guild_id, member, user_id, channel_id }: GatewayMessageReactionAddDispatchData,
  channel: GuildBasedChannel | undefined,
  known: Known,
): () => void {
  return () => {
    if (guild_id === undefined) return;
    const guild = known.client.guilds.cache.get(guild_id);
    const roles = member?.roles ?? [];
    const asker = { id: user_id, roles, manages: guild !== undefined && rolesManage(guild, user_id, roles) };
    check(guild_id, asker, { id: channel_id, parent_id: channel?.parentId }, known);
  };
}

function check(
  server: string,
  { id, roles, manages }: Asker,
  where: Where,
  { client, jobs, preferences, clock }: Known,
): void {
  const settings = readServerSettings(preferences.ofServer({ surface: SURFACE, server }));
  const guild = client.guilds.cache.get(server);
  const channels = guild?.channels.cache;
  const channel = channels?.get(where.id);
  const parent = where.parent_id ?? channel?.parentId ?? undefined;
  checkServerRules(settings, {
    manages,
    // Everybody has the role that has the server's own id.
    roles: [...roles, server],
    channels: [where.id, ...(parent === undefined ? [] : [parent])],
    isAgeRestricted: where.nsfw ?? (isAgeRestricted(channel) || isAgeRestricted(channels?.get(parent ?? ''))),
    requests: (limit) => jobs.history.requestTimes({ surface: SURFACE, id }, server, limit),
    now: clock.now(),
    nameOf: (one) => nameIn(guild, one),
  });
}

/** @param permissions as Discord writes them */
export function mayManage(permissions: string): boolean {
  return allows(permissions, PermissionFlagsBits.ManageGuild);
}

function rolesManage({ id, ownerId, roles }: Guild, user: string, theirs: readonly string[]): boolean {
  if (ownerId === user) return true;
  const { ManageGuild } = PermissionFlagsBits;
  return [...theirs, id].some((role) => roles.cache.get(role)?.permissions.has(ManageGuild) ?? false);
}

/** A thread is as its channel. */
function isAgeRestricted(channel: GuildBasedChannel | undefined): boolean {
  return channel !== undefined && 'nsfw' in channel && channel.nsfw === true;
}

function nameIn(guild: Guild | undefined, id: string): string {
  const channel = guild?.channels.cache.get(id);
  return channel === undefined ? (guild?.roles.cache.get(id)?.name ?? id) : `#${channel.name}`;
}
