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
import { readCustomId } from '../custom-id.ts';
import { answering } from './answering.ts';
import { MessagePictures } from './message-pictures.ts';
import type { Moderators } from './moderators.ts';
import { onButton } from './on-button.ts';
import { onCommand } from './on-command.ts';
import { onForm } from './on-form.ts';
import { onReaction } from './on-reaction.ts';
import { onServerChoice } from './on-server-settings.ts';
import { onTyping } from './on-typing.ts';
import type { Shared } from './parts.ts';
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
      hand('reaction', onReaction(d as GatewayMessageReactionAddDispatchData, shared));
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
  watchPlaces(client, shared.desk);
}

async function dispatch(
  interaction: APIInteraction,
  shard: number,
  shared: Shared,
  moderators: Moderators,
  pictures: MessagePictures,
): Promise<void> {
  const { lateness, ways, served } = shared;
  lateness.note(interaction, shard);
  ways.receive(interaction.token);
  moderators.note(interaction);
  const refused = await served.check(interaction).catch((error: unknown) => error);
  if (refused !== undefined) return refuse(interaction, refused, shared);
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

/** In one sentence, told to the asker alone; nothing is suggested to who is typing. */
async function refuse(interaction: APIInteraction, why: unknown, shared: Shared): Promise<void> {
  if (interaction.type === InteractionType.Ping) return;
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) {
    const answer = shared.answers.begin(interaction);
    await answer.suggest([]).finally(() => answer.close());
    return;
  }
  await answering(interaction, 'private', shared, async () => {
    throw why;
  });
}

async function onMenu(interaction: APIMessageComponentSelectMenuInteraction, shared: Shared): Promise<void> {
  const used = readCustomId(interaction.data.custom_id);
  if (used?.kind === 'server') await onServerChoice(interaction, used.setting, shared);
}
