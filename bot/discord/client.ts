/** discord.js set up for a bot that reads no messages: three unprivileged intents, almost no memory, no own retries. */
import { Client, type ClientOptions, GatewayIntentBits, Options, REST, type RESTOptions } from 'discord.js';
import type { Log } from '../log.ts';
import { isImpatient } from './calls.ts';
import { GuardedConnections, guardQueue } from './guard-packets.ts';

/** Milliseconds for one call: four pictures of 10 MiB over a slow line. */
const LONGEST_CALL = 60_000;

/**
 * Guilds: whom a channel's roles allow to manage messages. The other two: reactions on pictures, in servers and in
 * direct messages. None needs Discord's approval.
 */
export const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessageReactions,
];

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
export function newTicketRest(apiUrl: string): REST {
  return new REST({ ...restOptions(apiUrl), globalRequestsPerSecond: 1_000_000 });
}

/** @param apiUrl without the version */
export function newClient(apiUrl: string, log: Log): Client<true> {
  const options: ClientOptions = {
    intents: INTENTS,
    // As many connections as Discord recommends: one up to about a thousand servers.
    shards: 'auto',
    rest: restOptions(apiUrl),
    ws: { buildStrategy: (manager) => new GuardedConnections(manager, log) },
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      ApplicationCommandManager: 0,
      AutoModerationRuleManager: 0,
      BaseGuildEmojiManager: 0,
      DMMessageManager: 0,
      GuildBanManager: 0,
      GuildEmojiManager: 0,
      GuildForumThreadManager: 0,
      GuildInviteManager: 0,
      GuildMemberManager: { maxSize: 20, keepOverLimit: ({ id, client }) => id === client.user.id },
      GuildMessageManager: 0,
      GuildScheduledEventManager: 0,
      GuildStickerManager: 0,
      GuildTextThreadManager: 0,
      MessageManager: 0,
      PresenceManager: 0,
      ReactionManager: 0,
      ReactionUserManager: 0,
      StageInstanceManager: 0,
      ThreadManager: 0,
      ThreadMemberManager: 0,
      UserManager: { maxSize: 100, keepOverLimit: ({ id, client }) => id === client.user.id },
      VoiceStateManager: 0,
    }),
  };
  const client = new Client<true>(options);
  guardQueue(client.ws, log);
  return client;
}
