/** The commands in words, for the help command and for docs/commands.md. */
import { Phrase, type Words } from '../config/messages.ts';
import type { Command } from './command.ts';
import type { OptionType } from './options.ts';
import { allowedValues } from './read-option.ts';

/** What an option takes, shorter than in a refusal where that would list a great deal. */
export function describeValue(type: OptionType): Words {
  if (type.kind === 'name') return new Phrase(`allowed.see_${type.of}`);
  return allowedValues(type);
}

/** The tables of docs/commands.md: one a command, one row an option. Markdown. */
export function describeCommands(commands: readonly Command[]): string {
  return commands.map(describeCommand).join('\n\n');
}

function describeCommand({ name, description, options, words }: Command): string {
  const rows = Object.entries(options).map(([option, { help, type, defaultText, required, also = [] }]) => {
    const names = option === words ? `\`${option}\` (the words)` : `\`--${option}\``;
    const aliases = also.map((alias) => `, \`--${alias}\``).join('');
    const without = required ? '(required)' : (defaultText ?? '(nothing)');
    return [`${names}${aliases}`, help, describeValue(type), without].map(String);
  });
  const heading = `### \`/${name}\`\n\n${description}.`;
  if (rows.length === 0) return heading;
  const lines = [['option', 'meaning', 'takes', 'without it'], ['---', '---', '---', '---'], ...rows];
  return `${heading}\n\n${lines.map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
