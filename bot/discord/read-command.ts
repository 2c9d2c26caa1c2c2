/** A slash command's options as Discord sends them, by name; and what is suggested while somebody types one. */
import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteractionDataBasicOption,
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  ApplicationCommandOptionType,
  type InteractionType,
} from 'discord.js';
import type { Command, Given } from '../../commands/command.ts';
import { complete } from '../../commands/complete.ts';
import { withFlagsInWords } from '../../commands/flags-in-words.ts';
import { commandNames } from '../../commands/help.ts';
import type { TypedCommand } from '../../commands/index.ts';
import { readStructured } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import { shortened } from '../messages/sentences.ts';
import type { Shared } from './dependencies.ts';
import { asTyped } from './typed-text.ts';

/** Entries of Discord's menu, and characters of one. */
const SUGGESTIONS = 25;
const LABEL = 100;

/** @throws Fault `command.unknown`, and as `readStructured` and `withFlagsInWords` */
export function readCommand(
  interaction: APIChatInputApplicationCommandInteraction,
  shared: Shared,
): TypedCommand {
  const { name } = interaction.data;
  const { commands } = shared;
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    throw new Fault('command.unknown', { command: `/${name}`, commands: commandNames(commands) });
  }
  return { command, given: withFlagsInWords(readGiven(interaction, command, shared), command, 'option') };
}

/** The values of a command's options. @throws as `readStructured` */
export function readGiven(
  { data: { options, resolved }, guild_id }: APIChatInputApplicationCommandInteraction,
  command: Pick<Command, 'options'>,
  { client }: Pick<Shared, 'client'>,
): Given {
  const values = optionsOf(options).options.map((option) => {
    if (option.type === ApplicationCommandOptionType.Attachment) {
      return [option.name, resolved?.attachments?.[option.value]?.url];
    }
    const { value } = option;
    return [option.name, typeof value === 'string' ? asTyped(value, guild_id, client) : value];
  });
  return readStructured(Object.fromEntries(values), command);
}

export async function onTyping(
  interaction: APIApplicationCommandAutocompleteInteraction,
  { commands, installation, responses }: Shared,
): Promise<void> {
  const { name, options } = interaction.data;
  const typed = optionsOf(options).options.find((one) => 'focused' in one && one.focused);
  const option = commands.find((one) => one.name === name)?.options[typed?.name ?? ''];
  const found = option === undefined ? [] : complete(option, String(typed?.value ?? ''), installation);
  const response = responses.begin(interaction);
  await response.suggest(
    found
      // One that is too long to be chosen would take all others with it; it can be typed.
      .filter(({ value }) => value.length <= LABEL)
      .slice(0, SUGGESTIONS)
      .map(({ label, value }) => ({ name: shortened(label, LABEL), value })),
  );
  response.close();
}

type Kind = InteractionType.ApplicationCommand | InteractionType.ApplicationCommandAutocomplete;

/** The options as they were given, those of a subcommand without it. */
export function optionsOf<Of extends Kind>(
  options: readonly APIApplicationCommandInteractionDataOption<Of>[] = [],
): {
  readonly sub?: string;
  readonly options: readonly APIApplicationCommandInteractionDataBasicOption<Of>[];
} {
  const [first] = options;
  if (first?.type === ApplicationCommandOptionType.Subcommand) {
    return { sub: first.name, options: first.options ?? [] };
  }
  return { options: options.filter((one) => 'value' in one) };
}
