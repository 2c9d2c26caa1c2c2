/** Discord put together: connects, registers the commands, hands events to their handlers and the surface to the desk. */
import {
  type APIInteraction,
  ApplicationCommandType,
  type Client,
  ComponentType,
  Events,
  GatewayDispatchEvents,
  type GatewayMessageReactionAddDispatchData,
  InteractionType,
  Status,
} from 'discord.js';
import { persevere } from '../persevere.ts';
import { DISCORD_IMAGES } from '../safety/fetch-image.ts';
import { pictureFetcher } from '../safety/fetch-picture.ts';
import { Answers } from './answers.ts';
import { Calls, isImpatient } from './calls.ts';
import { newClient, newTicketRest } from './client.ts';
import { DiscordSurface } from './discord-surface.ts';
import { MessagePictures } from './message-pictures.ts';
import { Moderators } from './moderators.ts';
import { onButton } from './on-button.ts';
import { onCommand } from './on-command.ts';
import { onForm } from './on-form.ts';
import { onReaction } from './on-reaction.ts';
import { onTyping } from './on-typing.ts';
import type { DiscordParts, Shared } from './parts.ts';
import { registerCommands } from './register-commands.ts';
import { TokenWatch } from './token-watch.ts';
import { Ways } from './ways.ts';

export interface Discord {
  readonly surface: DiscordSurface;
  /** Connects, however long that takes, and then hands the surface to the desk. Resolves at once. */
  start(): void;
  /** Why it does not work now, in a sentence; undefined while it does. */
  problem(): string | undefined;
  /** Takes no more events; what is under way may still be brought. */
  stop(): void;
  /** Leaves Discord. */
  close(): Promise<void>;
}

export function openDiscord(parts: DiscordParts): Discord {
  const { clock, log, desk } = parts;
  const client = newClient(parts.apiUrl);
  const watch = new TokenWatch(client.rest, parts);
  const rest = { asBot: client.rest, byTicket: newTicketRest(parts.apiUrl) };
  const calls = new Calls(rest, desk.budgets);
  const answers = new Answers(calls, clock);
  const moderators = new Moderators(client, clock);
  const shared: Shared = {
    ...parts,
    calls,
    answers,
    fetchPicture: pictureFetcher(parts.apiUrl, 'discord.com', DISCORD_IMAGES),
    botId: () => client.user?.id ?? '',
  };
  const surface = new DiscordSurface({ calls, ways: new Ways(clock), answers, moderators });
  for (const one of [rest.asBot, rest.byTicket]) {
    one.on('rateLimited', ({ method, route, global, timeToReset }) => {
      if (isImpatient()) return;
      log.warn('a call waits for a rate limit', { method, route, global, ms: timeToReset });
    });
  }
  const ended = new AbortController();
  let isStopping = false;
  let isRegistered = false;
  listen(client, shared, moderators, () => !isStopping);

  async function connect(): Promise<void> {
    const { signal } = ended;
    const failed = (cause: unknown) => log.warn('Discord cannot be reached', { cause });
    await persevere(() => client.login(parts.token), clock, signal, failed);
    if (signal.aborted) return;
    await isReady(client);
    desk.connect(surface);
    const register = async () => {
      const changed = await registerCommands(client.application.id, parts.commands, calls);
      log.info('Discord is connected', { servers: client.guilds.cache.size, commands_changed: changed });
    };
    await persevere(register, clock, signal, failed);
    isRegistered = true;
  }

  return {
    surface,
    start() {
      connect().catch((cause: unknown) => log.error('Discord cannot be used', { cause }));
    },
    problem() {
      if (watch.isRefused) return 'Discord refuses the bot token';
      if (!isRegistered) return 'Discord is not connected yet';
      const isWhole = client.ws.shards.every(({ status }) => status === Status.Ready);
      return isWhole ? undefined : 'the connection to Discord is interrupted';
    },
    stop() {
      isStopping = true;
    },
    async close() {
      isStopping = true;
      ended.abort();
      rest.byTicket.clearHashSweeper();
      rest.byTicket.clearHandlerSweeper();
      await client.destroy();
    },
  };
}

function isReady(client: Client): Promise<void> {
  if (client.isReady()) return Promise.resolve();
  return new Promise((resolve) => client.once(Events.ClientReady, () => resolve()));
}

/**
 * Events as they arrive, before discord.js has made objects of them: reactions on messages that it never saw, and
 * interactions from places that it does not know, need no call to Discord and no memory.
 */
function listen(client: Client, shared: Shared, moderators: Moderators, isOpen: () => boolean): void {
  const { log } = shared;
  const pictures = new MessagePictures(shared);
  const hand = (what: string, handled: Promise<void>) =>
    void handled.catch((cause: unknown) => log.error('an event could not be handled', { what, cause }));
  client.on(Events.Raw, ({ t, d }: { t: string | null; d: unknown }) => {
    if (!isOpen()) return;
    if (t === GatewayDispatchEvents.InteractionCreate) {
      const interaction = d as APIInteraction;
      moderators.note(interaction);
      hand('interaction', dispatch(interaction, shared, pictures));
    } else if (t === GatewayDispatchEvents.MessageReactionAdd) {
      hand('reaction', onReaction(d as GatewayMessageReactionAddDispatchData, shared));
    }
  });
  client.on(Events.Error, (cause) => log.error('discord.js reports an error', { cause }));
  client.on(Events.ShardDisconnect, ({ code }, shard) => log.warn('Discord closed', { shard, code }));
  client.on(Events.ShardResume, (shard, replayed) => log.info('Discord resumed', { shard, replayed }));
}

async function dispatch(
  interaction: APIInteraction,
  shared: Shared,
  pictures: MessagePictures,
): Promise<void> {
  switch (interaction.type) {
    case InteractionType.ApplicationCommand:
      if (interaction.data.type === ApplicationCommandType.ChatInput) {
        return onCommand(interaction as Parameters<typeof onCommand>[0], shared);
      }
      if (interaction.data.type === ApplicationCommandType.Message) {
        return pictures.onMenu(interaction as Parameters<MessagePictures['onMenu']>[0]);
      }
      return;
    case InteractionType.ApplicationCommandAutocomplete:
      return onTyping(interaction, shared);
    case InteractionType.MessageComponent:
      if (interaction.data.component_type === ComponentType.Button) return onButton(interaction, shared);
      return;
    case InteractionType.ModalSubmit:
      return onForm(interaction, shared, pictures);
    case InteractionType.Ping:
      return;
    default:
      return interaction satisfies never;
  }
}
