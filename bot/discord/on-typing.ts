/** Suggestions while somebody types a style's or a model's name. */
import type { APIApplicationCommandAutocompleteInteraction } from 'discord.js';
import { complete } from '../../commands/complete.ts';
import { shortened } from '../messages/sentences.ts';
import type { Shared } from './dependencies.ts';
import { optionsOf } from './read-command.ts';

/** Entries of Discord's menu, and characters of one. */
const MOST = 25;
const LABEL = 100;

export async function onTyping(
  interaction: APIApplicationCommandAutocompleteInteraction,
  { commands, installation, responses }: Shared,
): Promise<void> {
  const { name } = interaction.data;
  const { options } = optionsOf(interaction.data as Parameters<typeof optionsOf>[0]);
  const typed = (options as readonly { name: string; value?: unknown; focused?: boolean }[]).find(
    ({ focused }) => focused === true,
  );
  const option = commands.find((one) => one.name === name)?.options[typed?.name ?? ''];
  const found = option === undefined ? [] : complete(option, String(typed?.value ?? ''), installation);
  const answer = responses.begin(interaction);
  await answer.suggest(
    found.slice(0, MOST).map(({ label, value }) => ({ name: shortened(label, LABEL), value })),
  );
  answer.close();
}
