/** Every event of Discord goes to its handler from here. */
import {
  type APIInteraction,
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
import type { Shared } from './dependencies.ts';
import { MessagePictures } from './message-pictures.ts';
import type { Moderators } from './moderators.ts';
import { onButton } from './on-button.ts';
import { onCommand } from './on-command.ts';
import { onForm } from './on-form.ts';
import { onReaction } from './on-reaction.ts';
import { onServerChoice } from './on-server-settings.ts';
import { onTyping } from './on-typing.ts';

/**
 * Events as they arrive, before discord.js has made objects of them: reactions on messages that it never saw, and
 * interactions from places that it does not know, need no call to Discord and no memory.
 */
export function listen(client: Client, shared: Shared, moderators: Moderators, isOpen: () => boolean): void {
  const { log } = shared;
  const pictures = new MessagePictures(shared);
  const hand = (what: string, handled: Promise<void>) =>
    void handled.catch((cause: unknown) => log.error('an event could not be handled', { what, cause }));
  client.on(Events.Raw, ({ t, d }: { t: string | null; d: unknown }) => {
    if (!isOpen()) return;
    if (t === GatewayDispatchEvents.InteractionCreate) {
      hand('interaction', dispatch(d as APIInteraction, shared, moderators, pictures));
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
  moderators: Moderators,
  pictures: MessagePictures,
): Promise<void> {
  moderators.note(interaction);
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
      return onMenu(interaction as Parameters<typeof onMenu>[0], shared);
    case InteractionType.ModalSubmit:
      return onForm(interaction, shared, pictures);
    case InteractionType.Ping:
      return;
    default:
      return interaction satisfies never;
  }
}

async function onMenu(interaction: APIMessageComponentSelectMenuInteraction, shared: Shared): Promise<void> {
  const used = readCustomId(interaction.data.custom_id);
  if (used?.kind === 'server') await onServerChoice(interaction, used.setting, shared);
}
