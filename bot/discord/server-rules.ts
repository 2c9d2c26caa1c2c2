/** The rules of a server as they bind whoever asks there: from what an event says, and from the roles and channels that are known. */
import {
  type APIInteraction,
  type Client,
  type GatewayMessageReactionAddDispatchData,
  type Guild,
  type GuildBasedChannel,
  PermissionFlagsBits,
} from 'discord.js';
import { checkServerRules, readServerSettings } from '../../commands/server-rules.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Preferences } from '../store/preferences.ts';
import type { Clock } from '../time/clock.ts';
import { SURFACE } from './place.ts';

interface Somebody {
  readonly id: string;
  readonly roles: readonly string[];
  readonly manages: boolean;
}

interface Somewhere {
  readonly id: string;
  readonly parent_id?: string | null | undefined;
  readonly nsfw?: boolean | undefined;
}

export interface ServerRulesDependencies {
  readonly client: Client;
  readonly preferences: Preferences;
  readonly history: Jobs['history'];
  readonly clock: Clock;
}

export class ServerRules {
  private readonly dependencies: ServerRulesDependencies;

  constructor(dependencies: ServerRulesDependencies) {
    this.dependencies = dependencies;
  }

  /** What refuses a request that the rules do not allow. It throws Fault `server.*`. */
  ofInteraction({ guild_id, member, channel, channel_id }: APIInteraction): () => void {
    return () => {
      if (guild_id === undefined || member === undefined) return;
      const { user, roles, permissions } = member;
      this.check(
        guild_id,
        { id: user.id, roles, manages: mayManageServer(permissions) },
        channel ?? { id: channel_id ?? '' },
      );
    };
  }

  /** The same for a reaction, which says less. @param channel where it was, if that is known: a thread is in no memory */
  ofReaction(
    { guild_id, member, user_id, channel_id }: GatewayMessageReactionAddDispatchData,
    channel?: GuildBasedChannel,
  ): () => void {
    return () => {
      if (guild_id === undefined) return;
      const guild = this.dependencies.client.guilds.cache.get(guild_id);
      const roles = member?.roles ?? [];
      const manages = guild !== undefined && rolesManage(guild, user_id, roles);
      const where = { id: channel_id, parent_id: channel?.parentId };
      this.check(guild_id, { id: user_id, roles, manages }, where);
    };
  }

  private check(server: string, { id, roles, manages }: Somebody, where: Somewhere): void {
    const { client, preferences, history, clock } = this.dependencies;
    const settings = readServerSettings(preferences.ofServer({ surface: SURFACE, server }));
    const guild = client.guilds.cache.get(server);
    const channel = guild?.channels.cache.get(where.id);
    const parentId = where.parent_id ?? channel?.parentId ?? undefined;
    const parent = parentId === undefined ? undefined : guild?.channels.cache.get(parentId);
    checkServerRules(settings, {
      manages,
      // Everybody has the role that has the server's own id.
      roles: [...roles, server],
      channels: [where.id, ...(parentId === undefined ? [] : [parentId])],
      isAgeRestricted: where.nsfw ?? (isAgeRestricted(channel) || isAgeRestricted(parent)),
      requests: (limit) => history.requestTimes({ surface: SURFACE, id }, server, limit),
      now: clock.now(),
      nameOf: (one) => nameIn(guild, one),
    });
  }
}

export function mayManageServer(permissions: string): boolean {
  const bits = PermissionFlagsBits.ManageGuild | PermissionFlagsBits.Administrator;
  return (BigInt(permissions) & bits) !== 0n;
}

function rolesManage(guild: Guild, user: string, roles: readonly string[]): boolean {
  if (guild.ownerId === user) return true;
  return [...roles, guild.id].some((id) =>
    mayManageServer(String(guild.roles.cache.get(id)?.permissions.bitfield ?? 0n)),
  );
}

/** A thread is as its channel. */
function isAgeRestricted(channel: GuildBasedChannel | undefined): boolean {
  return channel !== undefined && 'nsfw' in channel && channel.nsfw === true;
}

function nameIn(guild: Guild | undefined, id: string): string {
  const channel = guild?.channels.cache.get(id);
  if (channel !== undefined) return `#${channel.name}`;
  return guild?.roles.cache.get(id)?.name ?? id;
}
