/** What is said of commands and options in the language of whoever asks; their definitions are in English. */
import type { Language } from '../config/languages.ts';
import { isMessageKey, say } from '../config/messages.ts';
import type { Command } from './command.ts';
import { OPTIONS, type Option } from './options.ts';

type Named = Pick<Command, 'name' | 'description'>;

export function describeCommand({ name, description }: Named, language: Language): string {
  return sayIf(`command.${name}.description`, language) ?? description;
}

export function optionHelp({ name }: Named, option: string, { help }: Option, language: Language): string {
  return sayIf(helpKey(name, option, help), language) ?? help;
}

/** Where an option's help stands in the catalogues: an option that a command shares with `/imagine` says the same. */
export function helpKey(command: string, option: string, help: string): string {
  const shared: Readonly<Record<string, Option>> = OPTIONS;
  return shared[option]?.help === help ? `option.imagine.${option}` : `option.${command}.${option}`;
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
