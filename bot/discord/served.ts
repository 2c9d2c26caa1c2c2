/** Which servers the bot serves, where the operator has said so: there, and in direct messages with their members. */
import type { APIInteraction, Client } from 'discord.js';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../clock.ts';
import { personOf } from './place.ts';

/** Milliseconds for which somebody's membership is remembered. */
const REMEMBERED = 600_000;
const MANY = 1000;

export class Served {
  private readonly servers: readonly string[] | undefined;
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly members = new Map<string, { readonly isOne: boolean; readonly at: number }>();

  /** @param servers ids; all where nothing is said */
  constructor(servers: readonly string[] | undefined, client: Client, clock: Clock) {
    this.servers = servers;
    this.client = client;
    this.clock = clock;
  }

  /** @throws Fault `server.not_served` */
  async check(interaction: APIInteraction): Promise<void> {
    if (this.servers === undefined) return;
    const { guild_id } = interaction;
    const isServed =
      guild_id === undefined ? await this.isMember(personOf(interaction).id) : this.has(guild_id);
    if (!isServed) throw new Fault('server.not_served', {});
  }

  /** Whether the bot serves this server. */
  has(server: string): boolean {
    return this.servers === undefined || this.servers.includes(server);
  }

  private async isMember(person: string): Promise<boolean> {
    const now = this.clock.monotonic();
    const known = this.members.get(person);
    if (known !== undefined && now - known.at < REMEMBERED) return known.isOne;
    const found = await Promise.all(
      (this.servers ?? []).map(async (id) => {
        const guild = this.client.guilds.cache.get(id);
        return (await guild?.members.fetch(person).catch(() => undefined)) !== undefined;
      }),
    );
    if (this.members.size >= MANY) this.members.clear();
    const isOne = found.includes(true);
    this.members.set(person, { isOne, at: now });
    return isOne;
  }
}
