/** A slash command's options as Discord sends them, by name. */
import {
  type APIApplicationCommandInteractionDataBasicOption,
  type APIChatInputApplicationCommandInteraction,
  type APIChatInputApplicationCommandInteractionData,
  ApplicationCommandOptionType,
} from 'discord.js';
import { withFlagsInWords } from '../../commands/flags-in-words.ts';
import { commandNames } from '../../commands/help.ts';
import type { TypedCommand } from '../../commands/index.ts';
import { readStructured } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import type { Shared } from './dependencies.ts';
import { asTyped } from './typed-text.ts';

/** @throws Fault `command.unknown`, and as `readStructured` and `withFlagsInWords` */
export function readCommand(
  { data, guild_id }: APIChatInputApplicationCommandInteraction,
  { commands, client }: Shared,
): TypedCommand {
  const { name, resolved } = data;
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    throw new Fault('command.unknown', { command: `/${name}`, commands: commandNames(commands) });
  }
  const values = optionsOf(data).options.map((option) => {
    if (option.type === ApplicationCommandOptionType.Attachment) {
      return [option.name, resolved?.attachments?.[option.value]?.url];
    }
    const { value } = option;
    return [option.name, typeof value === 'string' ? asTyped(value, guild_id, client) : value];
  });
  const given = readStructured(Object.fromEntries(values), command);
  return { command, given: withFlagsInWords(given, command, 'option') };
}

/** The options as they were given, those of a subcommand without it. */
export function optionsOf({ options = [] }: Pick<APIChatInputApplicationCommandInteractionData, 'options'>): {
  readonly sub?: string;
  readonly options: readonly APIApplicationCommandInteractionDataBasicOption[];
} {
  const [first] = options;
  if (first?.type !== ApplicationCommandOptionType.Subcommand) {
    return { options: options as APIApplicationCommandInteractionDataBasicOption[] };
  }
  return { sub: first.name, options: first.options ?? [] };
}
