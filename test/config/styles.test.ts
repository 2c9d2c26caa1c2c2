import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { applyStyle, parseStyles, readStyles, readStylesFile } from '../../config/styles.ts';

test('the shipped styles are the promised ones, each with a place for the prompt', () => {
  const styles = readStylesFile();
  expect(styles.map((style) => style.name)).toEqual([
    'none',
    '3D render',
    'photo',
    'painting',
    'line art',
    'anime',
    'pixel art',
    'watercolour',
    'comic',
    'isometric',
    'low poly',
    'cinematic',
  ]);
  for (const style of styles.slice(1)) expect(style.prompt, style.name).toContain('{prompt}');
  expect(applyStyle(styles[0]!, 'a fox', 'blurry')).toEqual({ prompt: 'a fox', negative: 'blurry' });
});

test('reads quoted cells, line ends inside them, other columns, old column names and a byte order mark', () => {
  const csv =
    '\ufefftext,ignored,name,negative_prompt\r\n"a ""big"", {prompt}\nof it",x,Big,\r\n\r\nplain,,Small,"no, none"';
  expect(parseStyles(csv, 'f')).toEqual([
    { name: 'Big', prompt: 'a "big", {prompt}\nof it', negative: '' },
    { name: 'Small', prompt: 'plain', negative: 'no, none' },
  ]);
});

test('puts the words into the slot, every time it appears, or in front', () => {
  const slot = { name: 's', prompt: '{prompt} and {prompt}', negative: 'ugly' };
  expect(applyStyle(slot, '$& fox', 'blurry')).toEqual({
    prompt: '$& fox and $& fox',
    negative: 'blurry, ugly',
  });
  expect(applyStyle({ name: 's', prompt: 'oil', negative: '' }, 'a fox', '')).toEqual({
    prompt: 'a fox, oil',
    negative: '',
  });
});

test.each([
  ['', 1, 'columns'],
  ['name,negative_prompt\na,b', 1, 'columns'],
  ['name,prompt\n,x', 2, 'no name'],
  ['name,prompt\na,"x\ny"\nb,z\nA,again', 5, 'stands here again'],
  ['name,prompt\na,"never closed', 2, 'not closed'],
])('refuses %j at its line', (csv, line, problem) => {
  expect(() => parseStyles(csv, 'my.csv')).toThrow(`"my.csv", line ${line}: `);
  expect(() => parseStyles(csv, 'my.csv')).toThrow(problem);
});

test('a megabyte of quotation marks is read in linear time', () => {
  const csv = `name,prompt\na,"${'""'.repeat(500_000)}"`;
  expect(parseStyles(csv, 'f')[0]!.prompt).toHaveLength(500_000);
});

const inFile = (csv: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-styles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'own.csv'), csv);
  return join(folder, 'own.csv');
};

test('the operator’s styles come behind the built-in ones; one of the same name takes its place', () => {
  const builtIn = readStyles(undefined);
  const merged = readStyles(
    inFile('\ufeffname,prompt\nHouse,"{prompt}, house style"\nANIME,our own anime\n'),
  );
  expect(merged.length).toBe(builtIn.length + 1);
  expect(merged.at(-1)).toEqual({ name: 'House', prompt: '{prompt}, house style', negative: '' });
  const place = builtIn.findIndex(({ name }) => name === 'anime');
  expect(merged[place]).toEqual({ name: 'ANIME', prompt: 'our own anime', negative: '' });
});

test.each([
  ['name\nx\n', 'line 1: the columns "name" and "prompt" are required'],
  ['name,prompt\n,x\n', 'line 2: the style has no name'],
  ['name,prompt\na,x\nA,y\n', 'line 3: the style "A" stands here again'],
  [`name,prompt\n${'x\n'.repeat(6000)}`, 'line 5002: the file has more than 5000 rows'],
  [`name,prompt\n${'x'.repeat(101)},y\n`, 'line 2: the name is longer than 100 characters'],
  ['x'.repeat(2 ** 20 + 1), 'STYLES_FILE is'],
])('a wrong file of styles stops the start: %#', (csv, words) => {
  expect(() => readStyles(inFile(csv))).toThrow(words);
});

test('a file of styles that is not there is named', () => {
  expect(() => readStyles('/nowhere/own.csv')).toThrow(
    'STYLES_FILE is "/nowhere/own.csv"; allowed: a CSV file that can be read.',
  );
});
