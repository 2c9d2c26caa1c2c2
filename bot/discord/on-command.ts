/** A slash command: its options by name, run, answered. */
import {
  type APIApplicationCommandInteractionDataBasicOption,
  type APIChatInputApplicationCommandInteraction,
  type APIChatInputApplicationCommandInteractionData,
  ApplicationCommandOptionType,
} from 'discord.js';
import { commandNames } from '../../commands/help.ts';
import { readStructured } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import { answering, askingOf, giveResult, languageFor } from './answering.ts';
import { SERVER_SETTINGS } from './command-json.ts';
import { onServerSettings } from './on-server-settings.ts';
import type { Shared } from './parts.ts';

export function onCommand(
  interaction: APIChatInputApplicationCommandInteraction,
  shared: Shared,
): Promise<void> {
  const { name, resolved } = interaction.data;
  const { sub, options } = optionsOf(interaction.data);
  if (sub === SERVER_SETTINGS) return onServerSettings(interaction, shared);
  const { commands, runCommand, fetchPicture, words } = shared;
  const command = commands.find((one) => one.name === name);
  const as = command?.words === 'prompt' ? 'message' : 'private';
  return answering(interaction, as, shared, async (answer) => {
    if (command === undefined) {
      throw new Fault('command.unknown', { command: `/${name}`, commands: commandNames(commands) });
    }
    const values = options.map((option) => {
      if (option.type === ApplicationCommandOptionType.Attachment) {
        return [option.name, resolved?.attachments?.[option.value]?.url];
      }
      const { value } = option;
      const isText = typeof value === 'string';
      return [option.name, isText ? words.asTyped(value, interaction.guild_id) : value];
    });
    const given = readStructured(Object.fromEntries(values), command);
    const result = await runCommand({
      command,
      given,
      asking: askingOf(interaction, shared),
      language: languageFor(interaction, shared),
      fetchPicture,
    });
    await giveResult(result, answer, shared);
  });
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
