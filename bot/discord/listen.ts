/** Every event of Discord goes to its handler from here. */
import {
  type APIApplicationCommandInteraction,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
  type APIMessageComponentInteraction,
  type APIMessageComponentSelectMenuInteraction,
  ApplicationCommandType,
  type Client,
  ComponentType,
  Events,
  GatewayDispatchEvents,
  type GatewayMessageReactionAddDispatchData,
  InteractionType,
} from 'discord.js';
import { readCustomId } from '../chat/custom-id.ts';
import { onButton } from '../chat/on-button.ts';
import { onCommand, respond } from '../chat/on-command.ts';
import { onForm, onUseImage } from '../chat/on-form.ts';
import { askedByReaction, onReaction } from '../chat/on-reaction.ts';
import { SERVER_SETTINGS } from './command-json.ts';
import type { Shared } from './dependencies.ts';
import { DiscordContext } from './discord-context.ts';
import { readFields } from './draw-form.ts';
import type { Moderators } from './moderators.ts';
import { onServerChoice, onServerSettings } from './on-server-settings.ts';
import { onTyping } from './on-typing.ts';
import { MessagePictures } from './pictures.ts';
import { SURFACE } from './place.ts';
import { ReactionContext } from './reaction-context.ts';
import { optionsOf, readCommand } from './read-command.ts';
import { watchPlaces } from './watch-places.ts';

/**
 * Events as they arrive, before discord.js has made objects of them: reactions on messages that it never saw, and
 * interactions from places that it does not know, need no call to Discord and no memory.
 */
export function listen(client: Client, shared: Shared, moderators: Moderators, isOpen: () => boolean): void {
  const { log } = shared;
  const pictures = new MessagePictures(shared);
  const hand = (what: string, handled: Promise<void>) =>
    void handled.catch((cause: unknown) => log.error('an event could not be handled', { what, cause }));
  const { lateness } = shared;
  client.on(Events.Raw, ({ t, d }: { t: string | null; d: unknown }, shard: number) => {
    if (!isOpen()) return;
    if (t === GatewayDispatchEvents.InteractionCreate) {
      const interaction = d as APIInteraction;
      hand('interaction', dispatch(interaction, shard, shared, moderators, pictures));
    } else if (t === GatewayDispatchEvents.MessageReactionAdd) {
      hand('reaction', hearReaction(d as GatewayMessageReactionAddDispatchData, shared));
    }
  });
  client.on(Events.Error, (cause) => log.error('discord.js reports an error', { cause }));
  client.on(Events.ShardDisconnect, ({ code }, shard) => log.warn('Discord closed', { shard, code }));
  client.on(Events.ShardReconnecting, (shard) => lateness.replays(shard, true));
  client.on(Events.ShardReady, (shard) => lateness.replays(shard, false));
  client.on(Events.ShardResume, (shard, replayed) => {
    lateness.replays(shard, false);
    log.info('Discord resumed', { shard, replayed });
  });
  watchPlaces(client, shared.jobs);
}

async function dispatch(
  interaction: APIInteraction,
  shard: number,
  shared: Shared,
  moderators: Moderators,
  pictures: MessagePictures,
): Promise<void> {
  const { lateness, messageRoutes, served } = shared;
  lateness.note(interaction, shard);
  messageRoutes.receive(interaction.token);
  moderators.note(interaction);
  const refused = await served.check(interaction).catch((error: unknown) => error);
  if (refused !== undefined) return refuse(interaction, refused, shared);
  switch (interaction.type) {
    case InteractionType.ApplicationCommand:
      return hearCommand(interaction, shared, pictures);
    case InteractionType.ApplicationCommandAutocomplete:
      return onTyping(interaction, shared);
    case InteractionType.MessageComponent:
      return hearComponent(interaction, shared);
    case InteractionType.ModalSubmit: {
      const form = { id: interaction.data.custom_id, fields: readFields(interaction.data) };
      const find = pictures.find.bind(pictures);
      return onForm(new DiscordContext(interaction, shared), form, find, shared);
    }
    case InteractionType.Ping:
      return;
    default:
      return interaction satisfies never;
  }
}

async function hearCommand(
  interaction: APIApplicationCommandInteraction,
  shared: Shared,
  pictures: MessagePictures,
): Promise<void> {
  const { type } = interaction.data;
  if (type === ApplicationCommandType.Message) {
    const menu = interaction as APIMessageApplicationCommandInteraction;
    const where = { channel: menu.channel.id, message: menu.data.target_id };
    return onUseImage(new DiscordContext(menu, shared), where, pictures.note(menu), shared);
  }
  if (type !== ApplicationCommandType.ChatInput) return;
  const command = interaction as APIChatInputApplicationCommandInteraction;
  if (optionsOf(command.data).sub === SERVER_SETTINGS) return onServerSettings(command, shared);
  const isPicture = shared.commands.find(({ name }) => name === command.data.name)?.words === 'prompt';
  return onCommand(new DiscordContext(command, shared), isPicture ? 'message' : 'private', shared, () =>
    readCommand(command, shared),
  );
}

async function hearComponent(interaction: APIMessageComponentInteraction, shared: Shared): Promise<void> {
  const pressed = readCustomId(interaction.data.custom_id);
  if (interaction.data.component_type === ComponentType.Button) {
    return onButton(new DiscordContext(interaction, shared), pressed, shared);
  }
  const menu = interaction as APIMessageComponentSelectMenuInteraction;
  if (pressed?.kind === 'server') await onServerChoice(menu, pressed.setting, shared);
}

async function hearReaction(reaction: GatewayMessageReactionAddDispatchData, shared: Shared): Promise<void> {
  const { user_id, message_id, member, emoji } = reaction;
  // A server's own emoji may be called "x" or "repeat" and mean anything.
  if (user_id === shared.botId() || member?.user?.bot || emoji.id) return;
  const job = shared.jobs.findByMessage(SURFACE, message_id);
  const action = askedByReaction(emoji.name ?? '', job);
  if (job === undefined || action === undefined) return;
  await onReaction(new ReactionContext(reaction, job, shared), action, job, shared);
}

/** In one sentence, told to the asker alone; nothing is suggested to who is typing. */
async function refuse(interaction: APIInteraction, why: unknown, shared: Shared): Promise<void> {
  if (interaction.type === InteractionType.Ping) return;
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) {
    const answer = shared.responses.begin(interaction);
    await answer.suggest([]).finally(() => answer.close());
    return;
  }
  await respond(new DiscordContext(interaction, shared), 'private', shared.clock, async () => {
    throw why;
  });
}
