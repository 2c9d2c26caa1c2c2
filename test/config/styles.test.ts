import { expect, test } from 'vitest';
import { applyStyle, parseStyles, readStylesFile } from '../../config/styles.ts';

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
