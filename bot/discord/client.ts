/** discord.js set up for a bot that reads no messages: four unprivileged intents, almost no memory, no own retries. */
import { Client, Collection, GatewayIntentBits, LimitedCollection, REST, type RESTOptions } from 'discord.js';
import type { Log } from '../ops/log.ts';
import { isImpatient } from './calls.ts';
import { GuardedConnections, guardQueue } from './guard-packets.ts';

/** Milliseconds for which the list of servers is waited for: some may be out of order. */
const SERVERS_TOLD = 2_000;
/** Milliseconds for one call: four pictures of 10 MiB over a slow line. */
const LONGEST_CALL = 60_000;

/**
 * Guilds: whom a channel's roles allow to manage messages. GuildMessages: that a picture's message was removed by hand;
 * what people write there comes without its words. The other two: reactions on pictures, in servers and in direct
 * messages. None needs Discord's approval.
 */
export const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessageReactions,
];

/** What permissions are made from; discord.js needs it whole. Of all the rest nothing is remembered, or a few. */
const WHOLE = [
  'GuildManager',
  'ChannelManager',
  'GuildChannelManager',
  'RoleManager',
  'PermissionOverwriteManager',
];
const isOurs = ({ id, client }: { id: string; client: Client }) => id === client.user?.id;
const FEW: Readonly<Record<string, { maxSize: number; keepOverLimit: typeof isOurs }>> = {
  GuildMemberManager: { maxSize: 20, keepOverLimit: isOurs },
  UserManager: { maxSize: 100, keepOverLimit: isOurs },
};

/** @param apiUrl without the version */
function restOptions(apiUrl: string): Partial<RESTOptions> {
  return {
    api: apiUrl.replace(/(?<!\/)\/+$/, ''),
    version: '10',
    // What may have been carried out is repeated by those who know whether that does harm.
    retries: 0,
    timeout: LONGEST_CALL,
    rejectOnRateLimit: isImpatient,
  };
}

/** For what an interaction's token allows; not part of the bot's fifty calls a second. */
export function newTokenRest(apiUrl: string): REST {
  return new REST({ ...restOptions(apiUrl), globalRequestsPerSecond: 1_000_000 });
}

/** @param apiUrl without the version */
export function newClient(apiUrl: string, log: Log): Client<true> {
  const client = new Client<true>({
    intents: INTENTS,
    // As many connections as Discord recommends: one up to about a thousand servers.
    shards: 'auto',
    waitGuildTimeout: SERVERS_TOLD,
    rest: restOptions(apiUrl),
    ws: { buildStrategy: (manager) => new GuardedConnections(manager, log) },
    allowedMentions: { parse: [] },
    makeCache: ({ name }) =>
      WHOLE.includes(name) ? new Collection() : new LimitedCollection(FEW[name] ?? { maxSize: 0 }),
  });
  guardQueue(client.ws, log);
  return client;
}
