/** Discord put together: connects, registers the commands, hands events to their handlers and the surface to the jobs. */
import { type Client, Events, Status } from 'discord.js';
import type { Chat } from '../chat/chat.ts';
import { Lateness } from '../chat/lateness.ts';
import { pictureFetcher } from '../safety/fetch-picture.ts';
import type { Clock } from '../time/clock.ts';
import { retry } from '../time/retry.ts';
import { Calls, isImpatient } from './calls.ts';
import { Channels } from './channels.ts';
import { newClient, newTokenRest } from './client.ts';
import type { DiscordDependencies, Shared } from './dependencies.ts';
import { DirectMessages } from './direct-messages.ts';
import { DiscordSurface } from './discord-surface.ts';
import { asSurfaceError, isTokenRefused } from './errors.ts';
import { InteractionResponses } from './interaction-response.ts';
import { listen } from './listen.ts';
import { MessageRoutes } from './message-routes.ts';
import { Moderators } from './moderators.ts';
import { PICTURE_HOSTS } from './pictures.ts';
import { registerCommands } from './register-commands.ts';
import { Served } from './served.ts';
import { TokenWatch } from './token-watch.ts';

/** Milliseconds for which the list of servers is waited for. */
const SERVERS_TOLD = 2_000;
/** Milliseconds until what Discord has refused is asked again: more often would only use up what it allows in a day. */
const AS_GOOD_AS_FINAL = 600_000;
const TOKEN_REFUSED = 'Discord refuses the bot token: look at DISCORD_TOKEN';
const CONNECTED: readonly Status[] = [Status.Ready, Status.WaitingForGuilds];

export function openDiscord(dependencies: DiscordDependencies): Chat {
  const { apiUrl, network, clock, log } = dependencies;
  const client = newClient(apiUrl, log);
  const watch = new TokenWatch(client.rest, dependencies);
  const rest = { asBot: client.rest, byToken: newTokenRest(apiUrl) };
  const calls = new Calls(rest, dependencies.budgets);
  const responses = new InteractionResponses(calls, clock);
  const moderators = new Moderators(client, clock);
  const messageRoutes = new MessageRoutes(clock);
  const shared: Shared = {
    ...dependencies,
    calls,
    responses,
    messageRoutes,
    moderators,
    channels: new Channels(client),
    lateness: new Lateness(clock),
    served: new Served(dependencies.guilds, client, clock),
    directMessages: new DirectMessages(calls, dependencies),
    client,
    fetchPicture: pictureFetcher(apiUrl, 'discord.com', { hosts: PICTURE_HOSTS }, network),
  };
  const surface = new DiscordSurface(shared);
  for (const one of [rest.asBot, rest.byToken]) {
    one.on('rateLimited', ({ method, route, global, timeToReset }) => {
      if (isImpatient()) return;
      log.warn('a call waits for a rate limit', { method, route, global, ms: timeToReset });
    });
  }
  const ended = new AbortController();
  let isStopping = false;
  let isRegistered = false;
  /** Why it is not connected yet, where that is known. */
  let trouble: string | undefined;
  listen(client, shared, () => !isStopping);

  async function connect(): Promise<void> {
    const { signal } = ended;
    await retry(
      () => client.login(dependencies.token),
      clock,
      signal,
      (cause) => {
        if (isTokenRefused(cause)) {
          trouble = TOKEN_REFUSED;
          log.error(TOKEN_REFUSED);
          return AS_GOOD_AS_FINAL;
        }
        trouble = undefined;
        log.warn('Discord cannot be reached', { cause });
        return undefined;
      },
    );
    if (signal.aborted) return;
    trouble = undefined;
    await isReady(client, clock);
    dependencies.connect(surface);
    const register = async () => {
      const changed = await registerCommands(client, dependencies.commands);
      log.info('Discord is connected', { servers: client.guilds.cache.size, commands_changed: changed });
    };
    await retry(register, clock, signal, (cause) => {
      const { problem } = asSurfaceError(cause);
      if (problem.kind !== 'refused' && problem.kind !== 'closed') {
        log.warn('Discord cannot be reached', { cause });
        return undefined;
      }
      trouble = `Discord does not take the commands: ${problem.reason}`;
      log.error(trouble);
      return AS_GOOD_AS_FINAL;
    });
    isRegistered = true;
  }

  return {
    start() {
      connect().catch((cause: unknown) => log.error('Discord cannot be used', { cause }));
    },
    problem() {
      if (watch.isRefused) return TOKEN_REFUSED;
      if (!isRegistered) return trouble ?? 'Discord is not connected yet';
      const isOver = client.ws.shards.some(({ status }) => status === Status.Disconnected);
      if (isOver) return 'Discord has ended the connection for good; a restart is needed';
      const isWhole = client.ws.shards.every(({ status }) => CONNECTED.includes(status));
      return isWhole ? undefined : 'the connection to Discord is interrupted';
    },
    stop() {
      isStopping = true;
    },
    async close() {
      isStopping = true;
      ended.abort();
      rest.byToken.clearHashSweeper();
      rest.byToken.clearHandlerSweeper();
      await client.destroy();
    },
  };
}

/** Connected; and the servers that it is in are known, as far as they are told soon: some may be out of order. */
function isReady(client: Client, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (client.isReady()) return resolve();
    client.once(Events.ClientReady, () => resolve());
    const look = () => {
      if (client.application === null) clock.after(SERVERS_TOLD, look);
      else resolve();
    };
    clock.after(SERVERS_TOLD, look);
  });
}
