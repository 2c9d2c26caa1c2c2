/** Flags among the words of a command whose options are given apart: `prompt: a red fox --ar 3:2 --no trees`. */
import type { Command, Given } from './command.ts';
import { parseText } from './parse-text.ts';

/**
 * @param wins what counts where an option is given both ways: a platform's own option is meant so, while a form's
 * fields are filled in already
 * @throws as `parseText`
 */
export function withFlagsInWords(
  given: Given,
  command: Pick<Command, 'name' | 'options' | 'words'>,
  wins: 'option' | 'flag',
): Given {
  const { words: name } = command;
  if (name === undefined || typeof given[name] !== 'string') return given;
  const { [name]: text, ...options } = given;
  // Nothing but blanks is refused as what it is.
  if (String(text).trim() === '') return given;
  const typed = parseText(text as string, command);
  return wins === 'option' ? { ...typed, ...options } : { ...options, ...typed };
}
