import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../commands/index.ts';
import { FAULTS, type FaultCode } from '../../config/faults.ts';
import { LANGUAGE_CODES } from '../../config/languages.ts';
import { CATALOGUES, languageOf, type MessageKey, Phrase, placesOf, say } from '../../config/messages.ts';

const KEYS = Object.keys(CATALOGUES.en) as MessageKey[];

/** What only whoever runs Darkroom reads, in English. */
const isForOperators = (key: string) =>
  key.startsWith('fault.') && FAULTS[key.slice('fault.'.length) as FaultCode].operators;

describe.each(LANGUAGE_CODES)('%s', (language) => {
  test('has every message, with the same places as the English one', () => {
    for (const key of KEYS) {
      const message = CATALOGUES[language][key];
      if (message === undefined) expect(isForOperators(key), key).toBe(true);
      else expect(message.trim(), key).not.toBe('');
      expect(placesOf(language, key), key).toEqual(placesOf('en', key));
    }
    for (const key of Object.keys(CATALOGUES[language])) expect(KEYS).toContain(key);
  });

  test('fits what Discord takes: names of commands, descriptions, buttons, titles of forms', () => {
    for (const key of KEYS) {
      const text = CATALOGUES[language][key] ?? '';
      if (/^command\..*\.name$/.test(key)) {
        expect(text, key).toMatch(/^[-_\p{L}\p{N}]{1,32}$/u);
        expect(text, key).toBe(text.toLowerCase());
      }
      if (/^(option\.|command\..*\.description)/.test(key))
        expect([...text].length, key).toBeLessThanOrEqual(100);
      if (/^menu\./.test(key)) expect(text.length, key).toBeLessThanOrEqual(32);
      if (/^form\./.test(key))
        expect(text.length, key).toBeLessThanOrEqual(
          key.endsWith('_hint') ? 100 : key.endsWith('_short') ? 24 : 45,
        );
    }
  });

  test('has no two commands of one name', () => {
    const names = COMMANDS.map(({ name }) => say(language, `command.${name}.name` as MessageKey));
    expect(new Set(names).size).toBe(names.length);
  });
});

test('every command and option is explained in every language', () => {
  for (const { name, description, options } of COMMANDS) {
    expect(say('en', `command.${name}.name` as MessageKey)).toBe(name);
    expect(description, name).toBeInstanceOf(Phrase);
    for (const [option, { help }] of Object.entries(options)) {
      expect(help, `${name} ${option}`).toBeInstanceOf(Phrase);
    }
  }
});

test('plurals follow the language', () => {
  expect(say('en', 'duration.minutes', { n: 1 })).toBe('1 minute');
  expect(say('en', 'duration.minutes', { n: 3 })).toBe('3 minutes');
  expect(say('it', 'duration.hours', { n: 1 })).toBe('1 ora');
  expect(say('de', 'fault.limit.person_waiting', { limit: 1, retry_after_s: 9 })).toContain(
    'wartet schon 1 Auftrag',
  );
  expect(say('ja', 'duration.minutes', { n: 2 })).toBe('2分');
});

test('anybody gets a language, whatever the platform calls theirs', () => {
  expect(['en-GB', 'es-419', 'it', 'pt-BR', undefined].map(languageOf)).toEqual([
    'en',
    'es',
    'it',
    'en',
    'en',
  ]);
});
