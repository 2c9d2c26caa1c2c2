import { describe, expect, test } from 'vitest';
import { faultSentence } from '../../config/fault-sentence.ts';
import { FAULTS, Fault, type FaultCode } from '../../config/faults.ts';
import { LANGUAGE_CODES } from '../../config/languages.ts';
import { CATALOGUES, type MessageKey, Phrase, placesOf } from '../../config/messages.ts';
import { FAULT_EXAMPLES } from './fault-examples.ts';

const CODES = Object.keys(FAULTS) as FaultCode[];
const keyOf = (code: FaultCode): MessageKey => `fault.${code}`;

/** What a sentence may take: the data, and what stands in for it in words. */
function valueNames(code: FaultCode): string[] {
  const data = FAULT_EXAMPLES[code];
  const inWords = FAULTS[code].inWords as ((data: unknown, language: string) => object) | undefined;
  return [...new Set([...Object.keys(data), ...Object.keys(inWords?.(data, 'en') ?? {})])].sort();
}

test.each([
  ['a code of another version', { code: 'worker.flew_away', data: {} }],
  ['the name of a method', { code: 'toString', data: {} }],
  ['no data', { code: 'device.memory', data: null }],
  ['data of another kind', { code: 'device.memory', data: { free: 'x' } }],
])('a fault that was kept with %s is told as a failure, and ends no list', (_, kept) => {
  const failed = faultSentence({ code: 'pipeline.failed', data: {} }, 'de');
  expect(faultSentence(kept as Parameters<typeof faultSentence>[0], 'de')).toBe(failed);
});

describe.each(LANGUAGE_CODES)('%s', (language) => {
  test('every code has a sentence, which takes no value that its fault does not have', () => {
    for (const code of CODES) {
      if (!FAULTS[code].operators) expect(CATALOGUES[language], code).toHaveProperty([keyOf(code)]);
      const unknown = placesOf(language, keyOf(code)).filter((place) => !valueNames(code).includes(place));
      expect(unknown, code).toEqual([]);
    }
  });

  test('every sentence is one, and fills its places', () => {
    const failed = faultSentence({ code: 'pipeline.failed', data: {} }, language);
    for (const code of CODES) {
      const sentence = faultSentence({ code, data: FAULT_EXAMPLES[code] }, language);
      expect(sentence, code).toMatch(/[.?!。？）]$/);
      expect(sentence === failed, code).toBe(code === 'pipeline.failed');
      expect(sentence, code).not.toMatch(/undefined|\[object|\{(?!a\|b)|(?<!a\|b)\}/);
    }
  });
});

/** What a sentence does not say: only programs read it, or its chooser has one wording for all. */
const UNSAID: { readonly [C in FaultCode]?: readonly string[] } = {
  'weights.other_kind': ['advice'],
  'weights.not_a_model': ['advice'],
  'weights.truncated': ['needed', 'size'],
};

test('an English sentence says all that its fault knows', () => {
  for (const code of CODES) {
    const unsaid = valueNames(code).filter((name) => !placesOf('en', keyOf(code)).includes(name));
    expect(unsaid, code).toEqual(UNSAID[code] ?? []);
  }
});

test('catalogues have no sentence of a fault that does not exist', () => {
  for (const language of LANGUAGE_CODES)
    for (const key of Object.keys(CATALOGUES[language]))
      if (key.startsWith('fault.')) expect(CODES, key).toContain(key.slice('fault.'.length));
});

test('an English fault is told with its values as people say them', () => {
  expect(new Fault('models.unknown', FAULT_EXAMPLES['models.unknown']).message).toBe(
    'model is "x"; installed: nano, large.',
  );
  expect(new Fault('weights.truncated', FAULT_EXAMPLES['weights.truncated']).message).toContain(
    'only the first 4.2 of 16.5 GB:',
  );
  expect(new Fault('weights.other_kind', FAULT_EXAMPLES['weights.other_kind']).message).toBe(
    '--checkpoint is m, which is a LoRA; use --lora.',
  );
  expect(new Fault('pull.no_room', FAULT_EXAMPLES['pull.no_room']).message).toContain('4.2 GB free');
  expect(new Fault('prompt.wildcards', { allowed: 'few' }).message).toContain('such as {a|b},');
  const secret = { name: 'REDIS_URL', value: 'redis://:secret@host', allowed: 'a URL' };
  expect(new Fault('settings.value', secret).message).not.toContain('secret');
});

test('bytes have the language’s own decimal mark', () => {
  const fault = new Fault('weights.truncated', FAULT_EXAMPLES['weights.truncated']);
  expect(faultSentence(fault, 'de')).toContain('(4,2 von 16,5 GB)');
});

test('two amounts that would look alike are said to the byte', () => {
  const { message } = new Fault('weights.truncated', {
    file: 'm',
    size: 16_499_999_999,
    needed: 16_500_000_000,
  });
  expect(message).toContain('the first 16499999999 of 16500000000 bytes:');
});

test('a fault within a fault is told in the same language; one that an older journal kept as a sentence, as it is', () => {
  const fault = new Fault('job.gave_up', FAULT_EXAMPLES['job.gave_up']);
  expect(faultSentence(fault, 'de')).toMatch(/^Das Bild wurde 3-mal .*Prozess des Bildes auf cpu .*60 s/);
  const kept = { code: 'job.gave_up', data: { attempts: 3, cause: 'It stopped.' } } as const;
  expect(faultSentence(kept, 'en')).toMatch(/3 times .* It stopped\.$/);
});

test('a fault whose data an older version did not have in full is still told', () => {
  expect(faultSentence({ code: 'worker.hung', data: { device: 'cpu' } }, 'fr')).toContain('cpu');
});

test('somebody’s words are quoted as in English: on one line, cut when they are long; what is allowed is not cut', () => {
  const value = `a\nb${'x'.repeat(300)}`;
  const allowed = Array.from({ length: 60 }, (_, i) => `style ${i}`).join(', ');
  const sentence = faultSentence(new Fault('option.value', { option: 'style', value, allowed }), 'it');
  expect(sentence).toContain('style è "a\\u000ab');
  expect(sentence).toContain('…"; ammesso: ');
  expect(sentence).toContain('style 59.');
});

test('words within a sentence follow its language, and are English once they are only text', () => {
  const allowed = new Phrase('allowed.whole', { min: 1, max: 4 });
  const fault = new Fault('option.value', { option: 'count', value: '9', allowed });
  expect(fault.message).toBe('count is "9"; allowed: a whole number from 1 to 4.');
  expect(faultSentence(fault, 'de')).toBe('count ist „9“; erlaubt: eine ganze Zahl von 1 bis 4.');
  expect(JSON.stringify(fault.data)).toContain('"a whole number from 1 to 4"');
});

test('a fault that only operators meet is said in English', () => {
  const fault = new Fault('journal.in_use', { file: 'journal.db' });
  expect(faultSentence(fault, 'fr')).toBe(fault.message);
});
