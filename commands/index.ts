/** All commands, and how a typed line finds its own. */
import { Fault } from '../config/faults.ts';
import { about } from './about.ts';
import { cancel } from './cancel.ts';
import type { Command, Given } from './command.ts';
import { describe } from './describe.ts';
import { forgetMe } from './forget-me.ts';
import { gallery } from './gallery.ts';
import { commandNames, helpFor } from './help.ts';
import { imagine } from './imagine.ts';
import { checkLine, parseText } from './parse-text.ts';
import { queue } from './queue.ts';
import { remake } from './remake.ts';
import { settings } from './settings.ts';
import { show } from './show.ts';
import { styles } from './styles.ts';

/** In the order in which a menu shows them. */
export const COMMANDS: readonly Command[] = [
  imagine,
  remake,
  describe,
  show,
  queue,
  cancel,
  styles,
  settings,
  gallery,
  about,
  forgetMe,
  helpFor(() => COMMANDS),
];

/** The command of that name, as the surfaces register it. */
export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name.toLowerCase());
}

export interface TypedCommand {
  readonly command: Command;
  readonly given: Given;
}

/**
 * A whole line as typed: `/queue`, `/imagine a red fox --seed 3`; a line without a command is a prompt.
 * @throws Fault `command.unknown`, and as `parseText`
 */
export function parseLine(line: string): TypedCommand {
  checkLine(line);
  const [typed, name] = /^\s*\/([\p{L}-]{1,40})(?=\s|$)/u.exec(line) ?? [];
  if (typed === undefined) return { command: imagine, given: parseText(line, imagine) };
  const command = findCommand(name!);
  if (command === undefined) {
    throw new Fault('command.unknown', { command: `/${name}`, commands: commandNames(COMMANDS) });
  }
  return { command, given: parseText(line.slice(typed.length), command) };
}
