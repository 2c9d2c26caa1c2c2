/** What is said of commands and options in the language of whoever asks; their definitions are in English. */
import type { Language } from '../config/languages.ts';
import { isMessageKey, say } from '../config/messages.ts';
import type { Command } from './command.ts';
import type { Option } from './options.ts';

type Named = Pick<Command, 'name' | 'description'>;

export function describeCommand({ name, description }: Named, language: Language): string {
  return sayIf(`command.${name}.description`, language) ?? description;
}

export function optionHelp({ name }: Named, option: string, { help }: Option, language: Language): string {
  return sayIf(`option.${name}.${option}`, language) ?? help;
}

/** What applies without the option. Figures and names are the same in all languages; options that commands share say the same. */
export function optionDefault(
  { name }: Named,
  option: string,
  { defaultText }: Option,
  language: Language,
): string | undefined {
  if (defaultText === undefined) return undefined;
  const own = sayIf(`without.${name}.${option}`, language);
  return own ?? sayIf(`without.imagine.${option}`, language) ?? defaultText;
}

function sayIf(key: string, language: Language): string | undefined {
  return isMessageKey(key) ? say(language, key) : undefined;
}
