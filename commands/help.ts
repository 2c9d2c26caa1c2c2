/** `/help`: the commands, or one command's options. */
import { Fault } from '../config/faults.ts';
import type { Language } from '../config/languages.ts';
import { inLanguage, Phrase, say } from '../config/messages.ts';
import type { Command, Reply, ReplyField } from './command.ts';
import { describeValue } from './describe-commands.ts';
import { FOLLOW_UP_ACTIONS } from './follow-up.ts';
import { readValue } from './read-option.ts';

const COMMAND = {
  type: { kind: 'text', min: 1, max: 40 },
  help: new Phrase('option.help.command'),
  defaultText: new Phrase('without.help.command'),
  chat: true,
} as const;

/** @param commands all commands, this one included */
export function helpFor(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    description: new Phrase('command.help.description'),
    options: { command: COMMAND },
    words: 'command',
    async run(given, { language }) {
      if (given.command === undefined) return overview(commands(), language);
      const name = readValue(COMMAND.type, given.command, 'command').trim().replace(/^\//, '').toLowerCase();
      const command = commands().find((one) => one.name === name);
      if (command !== undefined) return explain(command, language);
      throw new Fault('command.unknown', { command: name, commands: commandNames(commands()) });
    },
  };
}

/** All commands as they are typed. */
export function commandNames(commands: readonly Command[]): readonly string[] {
  return commands.map(({ name }) => `/${name}`);
}

function overview(commands: readonly Command[], language: Language): Reply {
  const labels = Object.fromEntries(
    FOLLOW_UP_ACTIONS.map((action) => [action, say(language, `button.${action}`)]),
  );
  return {
    private: true,
    title: say(language, 'help.title'),
    lines: [say(language, 'help.how', labels), say(language, 'help.reactions', labels)],
    fields: commands.map((command) => ({
      name: `/${command.name}`,
      value: inLanguage(language, command.description),
    })),
  };
}

function explain(command: Command, language: Language): Reply {
  const fields = Object.entries(command.options).map(([name, option]): ReplyField => {
    const { help, type, defaultText } = option;
    const facts = [
      ...(option.required ? [say(language, 'help.required')] : []),
      inLanguage(language, describeValue(type)),
      ...(defaultText === undefined ? [] : [say(language, 'help.without', { defaultText })]),
    ];
    const value = `${inLanguage(language, help)} (${facts.join('; ')})`;
    return { name: name === command.words ? name : `--${name}`, value };
  });
  return {
    private: true,
    title: `/${command.name}`,
    lines: [inLanguage(language, command.description)],
    fields,
  };
}
