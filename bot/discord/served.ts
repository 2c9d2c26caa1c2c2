/** Which servers the bot serves, where the operator has said so: there, and in direct messages with their members. */
import type { APIInteraction, Client } from 'discord.js';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../time/clock.ts';
import { remembered } from '../time/remembered.ts';
import { personOf } from './place.ts';

/** Milliseconds for which somebody's membership is remembered. */
const REMEMBERED = 600_000;

export class Served {
  private readonly servers: readonly string[] | undefined;
  private readonly client: Client;
  private readonly members;

  /** @param servers ids; all where nothing is said */
  constructor(servers: readonly string[] | undefined, client: Client, clock: Clock) {
    this.servers = servers;
    this.client = client;
    this.members = remembered<boolean>(1000, REMEMBERED, clock);
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
    const known = this.members.get(person);
    if (known !== undefined) return known;
    const found = await Promise.all(
      (this.servers ?? []).map(async (id) => {
        const { members } = this.client.guilds.cache.get(id) ?? {};
        return (await members?.fetch(person).catch(() => undefined)) !== undefined;
      }),
    );
    const isOne = found.includes(true);
    this.members.set(person, isOne);
    return isOne;
  }
}
