/** Discord put together: connects, registers the commands, hands events to their handlers and the surface to the jobs. */
import { once } from 'node:events';
import { Events, Status } from 'discord.js';
import type { Chat } from '../chat/chat.ts';
import { Connection } from '../chat/connection.ts';
import { Lateness } from '../chat/lateness.ts';
import { pictureFetcher } from '../safety/fetch-picture.ts';
import { Calls, isImpatient } from './calls.ts';
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
import { servedServers } from './served.ts';
import { watchToken } from './token-watch.ts';

/** Milliseconds until what Discord has refused is asked again: more often would only use up what it allows in a day. */
const AS_GOOD_AS_FINAL = 600_000;
const TOKEN_REFUSED = 'Discord refuses the bot token: look at DISCORD_TOKEN';
const CONNECTED: readonly Status[] = [Status.Ready, Status.WaitingForGuilds];

export function openDiscord(dependencies: DiscordDependencies): Chat {
  const { apiUrl, network, clock, log } = dependencies;
  const client = newClient(apiUrl, log);
  const isTokenRefusedNow = watchToken(client.rest, dependencies);
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
    lateness: new Lateness(clock),
    served: servedServers(dependencies.guilds, client, clock),
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
  const connection = new Connection('Discord', dependencies);
  let isStopping = false;
  listen(client, shared, () => !isStopping);

  async function connect(): Promise<void> {
    const login = () => client.login(dependencies.token);
    const refused = (cause: unknown) => (isTokenRefused(cause) ? TOKEN_REFUSED : undefined);
    if (!(await connection.until(login, refused, AS_GOOD_AS_FINAL))) return;
    if (!client.isReady()) await once(client, Events.ClientReady);
    dependencies.connect(surface);
    const register = async () => {
      const changed = await registerCommands(client, dependencies.commands);
      log.info('Discord is connected', { servers: client.guilds.cache.size, commands_changed: changed });
    };
    if (await connection.until(register, whyNotRegistered, AS_GOOD_AS_FINAL)) connection.established();
  }

  return {
    start: () => connection.begin(connect),
    problem() {
      if (isTokenRefusedNow()) return TOKEN_REFUSED;
      if (connection.problem !== undefined) return connection.problem;
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
      connection.end();
      rest.byToken.clearHashSweeper();
      rest.byToken.clearHandlerSweeper();
      await client.destroy();
    },
  };
}

function whyNotRegistered(cause: unknown): string | undefined {
  const { problem } = asSurfaceError(cause);
  const isOutage = problem.kind !== 'refused' && problem.kind !== 'closed';
  return isOutage ? undefined : `Discord does not take the commands: ${problem.reason}`;
}
