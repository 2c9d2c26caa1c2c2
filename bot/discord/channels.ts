/** Channels as they are now: of the memory, or fetched; and whether the bot may write there. */
import { type Client, type Guild, type GuildBasedChannel, PermissionFlagsBits } from 'discord.js';
import { Fault } from '../../config/faults.ts';
import { asSurfaceError } from './problems.ts';

export interface FoundChannel {
  readonly channel?: GuildBasedChannel;
  /** Why nothing can be written there. */
  readonly closed?: string;
}

export class Channels {
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** Threads are never in memory: they are fetched. Nothing is known of a channel that could not be fetched just now. */
  async find(server: string | undefined, id: string): Promise<FoundChannel> {
    const guild = server === undefined ? undefined : this.client.guilds.cache.get(server);
    if (guild === undefined) return {};
    try {
      const channel = guild.channels.cache.get(id) ?? (await guild.channels.fetch(id));
      if (channel === null) return {};
      const closed = whyClosed(channel, guild);
      return { channel, ...(closed === undefined ? {} : { closed }) };
    } catch (error) {
      const { problem } = asSurfaceError(error);
      return problem.kind === 'closed' ? { closed: problem.reason } : {};
    }
  }

  /** @throws Fault `place.shut` */
  static mustBeOpen({ closed }: FoundChannel): void {
    if (closed !== undefined) throw new Fault('place.shut', { reason: closed });
  }
}

const { ViewChannel, SendMessages } = PermissionFlagsBits;

function whyClosed(channel: GuildBasedChannel, guild: Guild): string | undefined {
  if (channel.isThread()) return channel.archived && channel.locked ? 'Thread is locked' : undefined;
  const { me } = guild.members;
  const may = me === null ? null : channel.permissionsFor(me);
  return may === null || may.has(ViewChannel | SendMessages) ? undefined : 'Missing Permissions';
}
