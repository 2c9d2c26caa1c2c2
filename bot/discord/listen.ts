/** Every event of Discord goes to its handler from here. */
import {
  type APIApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
  type APIMessageComponentInteraction,
  ApplicationCommandType,
  type Client,
  Events,
  GatewayDispatchEvents,
  type GatewayMessageReactionAddDispatchData,
  type GatewayReceivePayload,
  InteractionType,
  Utils,
} from 'discord.js';
import { SERVER_DEFAULTS } from '../../commands/server-defaults.ts';
import { readCustomId } from '../chat/custom-id.ts';
import { onButton } from '../chat/on-button.ts';
import { onCommand, respond } from '../chat/on-command.ts';
import { onForm, onUseImage } from '../chat/on-form.ts';
import { askedByReaction, onReaction } from '../chat/on-reaction.ts';
import { onServerSettings, type ServerPanel } from '../chat/server-settings.ts';
import { SERVER_SETTINGS } from './command-json.ts';
import type { Shared } from './dependencies.ts';
import { DiscordContext } from './discord-context.ts';
import { readFields } from './draw-form.ts';
import { MessagePictures } from './pictures.ts';
import { SURFACE, sentAt } from './place.ts';
import { ReactionContext } from './reaction-context.ts';
import { onTyping, optionsOf, readCommand, readGiven } from './read-command.ts';
import { drawPanel } from './server-panel.ts';
import { mayManage } from './server-rules.ts';
import { watchPlaces } from './watch-places.ts';

/**
 * Events as they arrive, before discord.js has made objects of them: reactions on messages that it never saw, and
 * interactions from places that it does not know, need no call to Discord and no memory.
 */
export function listen(client: Client, shared: Shared, isOpen: () => boolean): void {
  const { log, lateness, jobs } = shared;
  const pictures = new MessagePictures(shared);
  const hand = (what: string, handled: Promise<void>) =>
    void handled.catch((cause: unknown) => log.error('an event could not be handled', { what, cause }));
  client.on(Events.Raw, ({ t, d }: GatewayReceivePayload, shard: number) => {
    if (!isOpen()) return;
    if (t === GatewayDispatchEvents.InteractionCreate) {
      lateness.note(d, sentAt(d.id), shard);
      hand('interaction', dispatch(d, shared, pictures));
    } else if (t === GatewayDispatchEvents.MessageReactionAdd) {
      hand('reaction', hearReaction(d, shared));
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
  watchPlaces(client, jobs, log);
}

async function dispatch(
  interaction: APIInteraction,
  shared: Shared,
  pictures: MessagePictures,
): Promise<void> {
  const { messageRoutes, served, moderators } = shared;
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
  if (Utils.isChatInputApplicationCommandInteraction(interaction)) {
    const { name, options } = interaction.data;
    const context = new DiscordContext(interaction, shared);
    if (optionsOf(options).sub === SERVER_SETTINGS) {
      const show = (panel: ServerPanel) => context.tell(drawPanel(panel, guildOf(interaction, shared)));
      const read = () => readGiven(interaction, SERVER_DEFAULTS, shared);
      return onServerSettings(context, serverOf(interaction), { read }, show, shared);
    }
    const isPicture = shared.commands.find((one) => one.name === name)?.words === 'prompt';
    const as = isPicture ? 'message' : 'private';
    return onCommand(context, as, shared, () => readCommand(interaction, shared));
  }
  if (!isOfMessage(interaction)) return;
  const where = { channel: interaction.channel.id, message: interaction.data.target_id };
  return onUseImage(new DiscordContext(interaction, shared), where, pictures.note(interaction), shared);
}

async function hearComponent(interaction: APIMessageComponentInteraction, shared: Shared): Promise<void> {
  const pressed = readCustomId(interaction.data.custom_id);
  if (Utils.isMessageComponentButtonInteraction(interaction)) {
    return onButton(new DiscordContext(interaction, shared), pressed, shared);
  }
  if (pressed?.kind !== 'server' || !Utils.isMessageComponentSelectMenuInteraction(interaction)) return;
  const choice = { setting: pressed.setting, values: interaction.data.values };
  const context = new DiscordContext(interaction, shared);
  const show = (panel: ServerPanel) => context.update(drawPanel(panel, guildOf(interaction, shared)));
  return onServerSettings(context, serverOf(interaction), choice, show, shared);
}

function isOfMessage(
  interaction: APIApplicationCommandInteraction,
): interaction is APIMessageApplicationCommandInteraction {
  return interaction.data.type === ApplicationCommandType.Message;
}

const guildOf = ({ guild_id }: APIInteraction, { client }: Shared) => client.guilds.cache.get(guild_id ?? '');

/** The server that somebody is on, and whether they may manage it. */
function serverOf({ guild_id: server, member }: APIInteraction) {
  return { surface: SURFACE, server, manages: member !== undefined && mayManage(member.permissions) };
}

async function hearReaction(reaction: GatewayMessageReactionAddDispatchData, shared: Shared): Promise<void> {
  const { user_id, message_id, member, emoji } = reaction;
  // A server's own emoji may be called "x" or "repeat" and mean anything.
  if (user_id === shared.client.user?.id || member?.user?.bot || emoji.id) return;
  const job = shared.jobs.findByMessage(SURFACE, message_id);
  const action = askedByReaction(emoji.name ?? '', job);
  if (job === undefined || action === undefined) return;
  await onReaction(new ReactionContext(reaction, job, shared), action, job, shared);
}

/** In one sentence, told to the asker alone; nothing is suggested to who is typing. */
async function refuse(interaction: APIInteraction, why: unknown, shared: Shared): Promise<void> {
  if (interaction.type === InteractionType.Ping) return;
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) {
    const response = shared.responses.begin(interaction);
    await response.suggest([]).finally(() => response.close());
    return;
  }
  await respond(new DiscordContext(interaction, shared), 'private', shared, async () => {
    throw why;
  });
}
