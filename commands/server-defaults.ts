/** The defaults of a server, as whoever manages it types them beside its menus: `/settings server steps: 20`. */
import type { Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import type { Command, CommandOptions, Given, ReplyField } from './command.ts';
import type { Installation } from './installation.ts';
import { withoutMentions } from './mentions.ts';
import { OPTIONS } from './options.ts';
import type { ServerSettings } from './server-rules.ts';
import { applyChanges, PING, readChanges, typed } from './settings.ts';

const NAMES = ['size', 'count', 'steps', 'negative', 'ping'] as const;

const SERVER_OPTIONS: CommandOptions = {
  size: { ...typed(OPTIONS.size), help: new Phrase('option.server.size') },
  count: { ...typed(OPTIONS.count), help: new Phrase('option.server.count') },
  steps: { ...typed(OPTIONS.steps), help: new Phrase('option.server.steps') },
  negative: { ...OPTIONS.negative, help: new Phrase('option.server.negative') },
  ping: { ...PING, help: new Phrase('option.server.ping') },
};

export const SERVER_DEFAULTS: Pick<Command, 'name' | 'description' | 'options'> = {
  name: 'server',
  description: new Phrase('command.settings.server.description'),
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
