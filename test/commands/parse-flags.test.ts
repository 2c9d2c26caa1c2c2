import { expect, test } from 'vitest';
import { parseFlags } from '../../commands/parse-flags.ts';

const flags = [
  { name: 'seed', allowed: 'a number' },
  { name: 'negative', allowed: 'text' },
  { name: 'json' },
];
const parse = (...argv: string[]) => {
  const { words, values } = parseFlags(argv, flags);
  return { words, ...Object.fromEntries(values) };
};

test('words and flags in any order', () => {
  expect(parse('--json', 'a fox', '--seed', '7')).toEqual({ words: ['a fox'], seed: '7', json: '' });
});

test('a value after an equals sign, even one with dashes, equals signs or nothing in it', () => {
  expect(parse('--negative=--a=b', '--seed=')).toEqual({ words: [], negative: '--a=b', seed: '' });
});

test('a value may begin with one dash, as negative numbers do', () => {
  expect(parse('--seed', '-5')).toEqual({ words: [], seed: '-5' });
});

test('everything after a bare -- is words', () => {
  expect(parse('--', '--seed', '--')).toEqual({ words: ['--seed', '--'] });
});

test('a dash that begins no flag is a word', () => {
  expect(parse('-', '—', '-5 degrees')).toEqual({ words: ['-', '—', '-5 degrees'] });
});

test.each([
  [['--sed', '1'], '"--sed" is not an option; did you mean --seed?'],
  [['--SEED', '1'], 'did you mean --seed?'],
  [['-seed', '1'], 'did you mean --seed?'],
  [['--xyzzy'], '"--xyzzy" is not an option; --help lists all of them.'],
  [['--seed'], '--seed has no value; allowed: a number.'],
  [['--seed', '--json'], '--seed has no value; allowed: a number.'],
  [['--seed', '1', '--seed=1'], '--seed is given twice; give it once.'],
  [['--json', '--json'], '--json is given twice; give it once.'],
  [['--json=yes'], '--json is "yes"; allowed: no value.'],
  [[`--${'x'.repeat(1_000_000)}`], 'is not an option; --help lists all of them.'],
])('refuses %j', (argv, sentence) => {
  expect(() => parse(...argv)).toThrow(sentence);
});
