/** Channels as they are now: of the memory, or fetched; and whether the bot may write there. */
import { type Client, type Guild, type GuildBasedChannel, PermissionFlagsBits } from 'discord.js';
import { Fault } from '../../config/faults.ts';
import { asSurfaceError } from './errors.ts';

/**
 * A server's channel. Threads are never in memory: they are fetched.
 * @returns undefined where nothing is known of it, or could be fetched just now
 * @throws Fault `place.shut` where nothing can be written
 */
export async function openChannel(
  { guilds }: Client,
  server: string | undefined,
  id: string,
): Promise<GuildBasedChannel | undefined> {
  const guild = guilds.cache.get(server ?? '');
  if (guild === undefined) return undefined;
  const fetched = guild.channels.cache.get(id) ?? (await guild.channels.fetch(id).catch(orShut));
  const closed = fetched ? whyClosed(fetched, guild) : undefined;
  if (closed !== undefined) throw new Fault('place.shut', { reason: closed });
  return fetched ?? undefined;
}

function orShut(error: unknown): undefined {
  const { problem } = asSurfaceError(error);
  if (problem.kind === 'closed') throw new Fault('place.shut', { reason: problem.reason });
}

const { ViewChannel, SendMessages, SendMessagesInThreads } = PermissionFlagsBits;

function whyClosed(channel: GuildBasedChannel, guild: Guild): string | undefined {
  if (channel.isThread() && channel.archived && channel.locked) return 'Thread is locked';
  const { me } = guild.members;
  const may = me === null ? null : channel.permissionsFor(me);
  const write = channel.isThread() ? SendMessagesInThreads : SendMessages;
  return may === null || may.has(ViewChannel | write) ? undefined : 'Missing Permissions';
}
