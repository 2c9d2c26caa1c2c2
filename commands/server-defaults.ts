/** The defaults of a server, as whoever manages it types them beside its menus: `/settings server steps: 20`. */
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';
import type { Command, CommandOptions, Given, ReplyField } from './command.ts';
import type { Installation } from './installation.ts';
import { withoutMentions } from './mentions.ts';
import { OPTIONS } from './options.ts';
import type { ServerSettings } from './server-rules.ts';
import { applyChanges, DEFAULT, PING, readChanges, typed } from './settings.ts';

const NAMES = ['size', 'count', 'steps', 'negative', 'ping'] as const;

const SERVER_OPTIONS: CommandOptions = {
  size: { ...typed(OPTIONS.size), help: `The size here, such as 768x512, or "${DEFAULT}"` },
  count: { ...typed(OPTIONS.count), help: `How many pictures at once here, or "${DEFAULT}"` },
  steps: { ...typed(OPTIONS.steps), help: `The number of steps here, or "${DEFAULT}"` },
  negative: { ...OPTIONS.negative, help: `What pictures should not show here, or "${DEFAULT}"` },
  ping: { ...PING, help: 'Mention people when a picture that took over a minute is ready' },
};

/** Named as its words stand in the catalogues: `option.server.size`. */
export const SERVER_DEFAULTS: Pick<Command, 'name' | 'description' | 'options'> = {
  name: 'server',
  description: 'Settings of this server',
  options: SERVER_OPTIONS,
};

/** The settings with what was typed. @throws Fault `option.value` */
export function withServerChanges(
  kept: ServerSettings,
  given: Given,
  installation: Pick<Installation, 'chooseModel' | 'styles'>,
): ServerSettings {
  const known = Object.fromEntries(
    (['model', 'style', ...NAMES] as const).map((name) => [name, given[name]]),
  );
  return applyChanges(kept, readChanges(known, { installation }));
}

/** What is set, in words; where nothing is, that. @param names all but those that stand in the menus of the server's settings */
export function serverDefaultFields(
  settings: ServerSettings,
  language: Language,
  names: readonly ('model' | 'style' | (typeof NAMES)[number])[] = NAMES,
): ReplyField[] {
  return names.map((name) => {
    const value = settings[name] ?? say(language, 'server.default');
    return { name: say(language, `settings.${name}`), value: withoutMentions(String(value)) };
  });
}
