/** `/help`: the commands, or one command's options. */
import { Fault } from '../config/faults.ts';
import type { Command, Reply, ReplyField } from './command.ts';
import { describeValue } from './describe.ts';
import { readValue } from './read-option.ts';

const COMMAND = {
  type: { kind: 'text', min: 1, max: 40 },
  help: 'The command to explain',
  otherwise: 'all of them',
  chat: true,
} as const;

/** @param commands all commands, this one included */
export function helpFor(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    description: 'Show what you can do here',
    options: { command: COMMAND },
    words: 'command',
    async run(given) {
      if (given.command === undefined) return overview(commands());
      const name = readValue(COMMAND.type, given.command, 'command').trim().replace(/^\//, '').toLowerCase();
      const command = commands().find((one) => one.name === name);
      if (command !== undefined) return explain(command);
      throw new Fault('command.unknown', { command: name, commands: commands().map((one) => one.name) });
    },
  };
}

function overview(commands: readonly Command[]): Reply {
  return {
    private: true,
    title: 'What you can do here',
    lines: [
      'Write /imagine and what you want to see. Under a finished picture: Reroll draws it anew, Vary stays near it, Finalize makes a draft fine, Remix lets you change the words, Delete removes it.',
      'Reactions do the same: 🎲 or 🔁 reroll, ✨ finalize, ❌ delete.',
    ],
    fields: commands.map(({ name, description }) => ({ name: `/${name}`, value: description })),
  };
}

function explain({ name, description, options, words }: Command): Reply {
  const fields = Object.entries(options).map(([option, { help, type, otherwise, required }]): ReplyField => {
    const facts = [describeValue(type), ...(otherwise === undefined ? [] : [`without it: ${otherwise}`])];
    const value = `${help} (${required ? 'required; ' : ''}${facts.join('; ')})`;
    return { name: option === words ? option : `--${option}`, value };
  });
  return { private: true, title: `/${name}`, lines: [`${description}.`], fields };
}
