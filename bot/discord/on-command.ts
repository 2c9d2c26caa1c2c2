/** A slash command: its options by name, run, answered. */
import {
  type APIApplicationCommandInteractionDataBasicOption,
  type APIChatInputApplicationCommandInteraction,
  ApplicationCommandOptionType,
} from 'discord.js';
import { commandNames } from '../../commands/help.ts';
import { readStructured } from '../../commands/read-fields.ts';
import { Fault } from '../../config/faults.ts';
import { answering, askingOf, giveResult, languageFor } from './answering.ts';
import type { Shared } from './parts.ts';

export function onCommand(
  interaction: APIChatInputApplicationCommandInteraction,
  shared: Shared,
): Promise<void> {
  const { name, options = [], resolved } = interaction.data;
  const { commands, runCommand, fetchPicture } = shared;
  const command = commands.find((one) => one.name === name);
  const as = command?.words === 'prompt' ? 'message' : 'private';
  return answering(interaction, as, shared, async (answer) => {
    if (command === undefined) {
      throw new Fault('command.unknown', { command: `/${name}`, commands: commandNames(commands) });
    }
    const values = (options as APIApplicationCommandInteractionDataBasicOption[]).map((option) => {
      if (option.type !== ApplicationCommandOptionType.Attachment) return [option.name, option.value];
      return [option.name, resolved?.attachments?.[option.value]?.url];
    });
    const given = readStructured(Object.fromEntries(values), command);
    const result = await runCommand({
      command,
      given,
      asking: askingOf(interaction),
      language: languageFor(interaction, shared),
      fetchPicture,
    });
    await giveResult(result, answer, shared);
  });
}
