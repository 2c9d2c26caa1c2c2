/** Suggestions while somebody types a style's or a model's name. */
import type { APIApplicationCommandAutocompleteInteraction } from 'discord.js';
import { complete } from '../../commands/complete.ts';
import type { Shared } from './dependencies.ts';
import { optionsOf } from './read-command.ts';

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
  await answer.suggest(found.map(({ label, value }) => ({ name: label, value })));
  answer.close();
}
