/** `/settings`: somebody's own defaults. They apply to their `/imagine` where they say nothing else. */
import { Fault } from '../config/faults.ts';
import { LANGUAGE_CODES, LANGUAGES, type Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import type { Command, CommandOptions, Given, Reply } from './command.ts';
import type { Installation } from './installation.ts';
import { withoutMentions } from './mentions.ts';
import { OPTIONS, type Option, type RawValue } from './options.ts';
import { type PersonSettings, YES_NO } from './personal-defaults.ts';
import { chooseStyle } from './read-imagine.ts';
import { readOption, readValue } from './read-option.ts';

/** Takes a setting back. */
export const DEFAULT = 'default';

const LANGUAGE = {
  type: { kind: 'choice', names: [...LANGUAGE_CODES, DEFAULT] },
  help: new Phrase('option.settings.language'),
  defaultText: new Phrase('without.settings.language'),
  chat: true,
} as const;

export const PING = {
  type: { kind: 'choice', names: [...YES_NO, DEFAULT] },
  defaultText: new Phrase('without.settings.ping'),
  chat: true,
} as const;

const SETTINGS: CommandOptions = {
  model: { ...OPTIONS.model, help: new Phrase('option.settings.model') },
  style: { ...OPTIONS.style, help: new Phrase('option.settings.style') },
  aspect: { ...OPTIONS.aspect, help: new Phrase('option.settings.aspect') },
  size: { ...typed(OPTIONS.size), help: new Phrase('option.settings.size') },
  count: { ...typed(OPTIONS.count), help: new Phrase('option.settings.count') },
  steps: { ...typed(OPTIONS.steps), help: new Phrase('option.settings.steps') },
  negative: { ...OPTIONS.negative, help: new Phrase('option.settings.negative') },
  language: LANGUAGE,
  ping: { ...PING, help: new Phrase('option.settings.ping') },
};

/** As words, so that `default` can be typed. */
export function typed(option: Option): Option {
  return { ...option, type: { kind: 'text', min: 1, max: 40 }, chat: true };
}

export const settings: Command = {
  name: 'settings',
  description: new Phrase('command.settings.description'),
  options: SETTINGS,
  async run(given, context) {
    const changes = readChanges(given, context);
    const kept = context.jobs.settings();
    if (Object.keys(changes).length === 0) return show('settings.title', kept, context.language);
    const changed = applyChanges(kept, changes);
    await context.jobs.saveSettings(changed);
    return show('settings.saved', changed, changed.language ?? context.language);
  },
};

const NAMES = ['model', 'style', 'aspect', 'size', 'count', 'steps', 'negative', 'language', 'ping'] as const;
type Name = (typeof NAMES)[number];

export type Changes = { -readonly [N in keyof PersonSettings]?: PersonSettings[N] | typeof DEFAULT };

/** What is given as a change of settings, somebody's own or a server's. @throws Fault `option.value`, `models.*`, `weights.*` */
export function readChanges(
  given: Given,
  { installation }: { readonly installation: Pick<Installation, 'chooseModel' | 'styles'> },
): Changes {
  const changes: Changes = {};
  const read = <N extends Exclude<Name, 'language' | 'ping'>>(
    name: N,
    check: (value: RawValue) => NonNullable<PersonSettings[N]>,
  ) => {
    const value = given[name];
    if (value !== undefined) changes[name] = isDefault(value) ? DEFAULT : check(value);
  };
  read('model', (value) => installation.chooseModel(readOption('model', value, 'model'), 'model').name);
  read(
    'style',
    (value) => chooseStyle(readOption('style', value, 'style'), installation.styles, 'style').name,
  );
  const asTyped = (name: 'aspect' | 'size') => (value: RawValue) => {
    readOption(name, value, name);
    return String(value).replace(/\s/g, '');
  };
  read('aspect', asTyped('aspect'));
  read('size', asTyped('size'));
  read('count', (value) => readOption('count', value, 'count'));
  read('steps', (value) => readOption('steps', value, 'steps'));
  read('negative', (value) => readOption('negative', value, 'negative'));
  const { aspect = DEFAULT, size = DEFAULT } = changes;
  if (aspect !== DEFAULT && size !== DEFAULT)
    throw new Fault('option.conflict', { option: 'size', other: 'aspect' });
  for (const [name, { type }] of [
    ['language', LANGUAGE],
    ['ping', PING],
  ] as const) {
    const value = given[name];
    if (value === undefined) continue;
    Object.assign(changes, { [name]: readValue(type, isDefault(value) ? DEFAULT : value, name) });
  }
  return changes;
}

function isDefault(value: RawValue): boolean {
  return typeof value === 'string' && value.trim().toLowerCase() === DEFAULT;
}

/** Settings with the changes; one that is set to its default is none. */
export function applyChanges<T extends PersonSettings>(settings: T, changes: Changes): T {
  // One shape: the newer one takes the other's place.
  const other = changes.size !== undefined ? 'aspect' : changes.aspect !== undefined ? 'size' : undefined;
  const replaced = other === undefined ? {} : { [other]: DEFAULT };
  const all = Object.entries({ ...settings, ...replaced, ...changes }).filter(
    ([, value]) => value !== DEFAULT,
  );
  return Object.fromEntries(all) as T;
}

function show(
  title: 'settings.title' | 'settings.saved',
  { language: chosen, ...kept }: PersonSettings,
  language: Language,
): Reply {
  const values = { ...kept, language: LANGUAGES.find(({ code }) => code === chosen)?.name };
  const fields = NAMES.map((name) => {
    const { defaultText = '' } = SETTINGS[name]!;
    const value = values[name] ?? say(language, 'settings.unset', { defaultText });
    return { name: say(language, `settings.${name}`), value: withoutMentions(String(value)) };
  });
  return { private: true, title: say(language, title), lines: [say(language, 'settings.apply')], fields };
}
