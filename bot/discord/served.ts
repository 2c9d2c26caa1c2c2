/** Which servers the bot serves, where the operator has said so: there, and in direct messages with their members. */
import type { APIInteraction, Client } from 'discord.js';
import { Fault } from '../../config/faults.ts';
import type { Clock } from '../time/clock.ts';
import { remembered } from '../time/remembered.ts';
import { personOf } from './place.ts';

/** Milliseconds for which somebody's membership is remembered. */
const REMEMBERED = 600_000;

export interface Served {
  /** @throws Fault `server.not_served` */
  check(interaction: APIInteraction): Promise<void>;
  /** Whether the bot serves this server. */
  has(server: string): boolean;
}

/** @param servers ids; all where nothing is said */
export function servedServers(
  servers: readonly string[] | undefined,
  { guilds }: Client,
  clock: Clock,
): Served {
  if (servers === undefined) return { has: () => true, async check() {} };
  const members = remembered<boolean>(1000, REMEMBERED, clock);
  const isIn = async (server: string, person: string) => {
    const found = guilds.cache.get(server)?.members.fetch(person);
    return (await found?.catch(() => undefined)) !== undefined;
  };
  const isMember = async (person: string) => {
    const known = members.get(person);
    if (known !== undefined) return known;
    const isOne = (await Promise.all(servers.map((server) => isIn(server, person)))).includes(true);
    members.set(person, isOne);
    return isOne;
  };
  const has = (server: string) => servers.includes(server);
  return {
    has,
    async check(interaction) {
      const { guild_id } = interaction;
      const isServed = guild_id === undefined ? await isMember(personOf(interaction).id) : has(guild_id);
      if (!isServed) throw new Fault('server.not_served', {});
    },
  };
}
