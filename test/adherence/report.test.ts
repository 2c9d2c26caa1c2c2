import sharp from 'sharp';
import { expect, test } from 'vitest';
import { allReached, summary, table } from './report.ts';
import type { Scores } from './score.ts';
import { contactSheet } from './sheet.ts';
import { MODELS, readThresholds, slightlyUnder } from './thresholds.ts';

const scores: Scores = {
  measures: {
    background: { value: 1, of: 31 },
    shape: { value: 10 / 11, of: 11 },
    count: { value: 0, of: 4 },
  },
  mean: 0.63636,
  failures: ['shape-2 shape'],
};

test('the table says of how many pictures, how many are right, and whether the goal is reached', () => {
  const lines = table('nano', scores, { background: 0.97, shape: 0.95 }).split('\n');
  expect(lines[0]).toBe('nano');
  expect(lines[2]).toMatch(/^background's colour +31 +1\.000 +0\.97 +reached$/);
  expect(lines[3]).toMatch(/^shape, of 10 basic shapes +11 +0\.909 +0\.95 +missed$/);
  expect(lines[5]).toMatch(/^mean +0\.636$/);
});

test('goals are reached where every measured figure is at least its goal', () => {
  expect(allReached(scores, { background: 1, shape: 0.9, icon: 0.9 })).toBe(true);
  expect(allReached(scores, { background: 1, shape: 0.92 })).toBe(false);
});

test('the JSON line has figures of three digits and what was wrong', () => {
  expect(summary(scores, [500, 700])).toEqual({
    ...{ prompts: 2, background: 1, shape: 0.909, count: 0, mean: 0.636, seconds_a_picture: 0.6 },
    failures: ['shape-2 shape'],
  });
});

test('thresholds allow one more wrong picture a measure, but not in all of them', () => {
  expect(slightlyUnder(scores)).toEqual({ background: 0.96, shape: 0.81, count: 0, mean: 0.59 });
});

test('every model has a goal for each measure of the smaller set', () => {
  const { goals, smaller_set } = readThresholds();
  for (const model of MODELS) {
    expect(Object.keys(smaller_set[model]).sort()).toEqual([...Object.keys(goals[model]), 'mean'].sort());
  }
});

test('a contact sheet has the pictures in rows of eight', async () => {
  const grey = (value: number) => ({ width: 16, height: 16, data: new Uint8Array(768).fill(value) });
  const sheet = sharp(await contactSheet(Array.from({ length: 9 }, (_, i) => grey(i * 10))));
  const { data, info } = await sheet.raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([200, 56]);
  const at = (x: number, y: number) => data[(y * info.width + x) * info.channels];
  expect([at(8, 8), at(32, 8), at(199, 23), at(8, 32), at(0, 0)]).toEqual([0, 10, 255, 80, 255]);
  expect(at(191, 23)).toBe(70);
});
