/** The judge of things: drawn truth is right, another thing or another hand is wrong. */
import { expect, test } from 'vitest';
import { CONTENTS, type ComposedPrompt, HANDS } from './things-data.ts';
import { Drawings } from './things-drawings.ts';
import { inSquares, ThingsJudge } from './things-judge.ts';
import { scoreThings, thingsTable } from './things-score.ts';

const drawings = await Drawings.open();
const judge = new ThingsJudge(drawings);
const few = CONTENTS.prompts.filter((_, i) => i % 29 === 0);
const one = (change: Partial<ComposedPrompt>): ComposedPrompt => ({
  ...{ id: 'one-1', kind: 'one', prompt: 'a fox', seed: 1, style: 'render', background: 'plain' },
  objects: [{ thing: 'fox', x: 0.5, y: 0.5, r: 0.37 }],
  ...change,
});

test('there are 400 prompts and a thousand nouns, and every thing of theirs has a drawing', () => {
  expect([CONTENTS.prompts.length, CONTENTS.nouns.length]).toEqual([400, 1000]);
  const things = [...CONTENTS.prompts, ...CONTENTS.nouns].flatMap(({ objects }) =>
    objects.map(({ thing }) => thing),
  );
  expect(things.filter((thing) => !CONTENTS.things.includes(thing))).toEqual([]);
});

test('drawn truth is right: things, styles, places, two things, riders and several', {
  timeout: 1_200_000,
}, () => {
  const truth = few.map((prompt) => drawings.truth(prompt));
  const { measures, failures } = scoreThings(judge, few, truth);
  expect(failures.length, failures.join('\n')).toBeLessThanOrEqual(1);
  expect(measures.style!.value).toBeGreaterThan(0.9);
  expect(Object.keys(measures).sort()).toEqual(['asked', 'composed', 'other', 'style', 'styled']);
});

test('truth that is a little off in place, size and brightness is still right', () => {
  const moved = { thing: 'fox', x: 0.515, y: 0.49, r: 0.38 };
  const picture = drawings.truth(one({ objects: [moved] }));
  const dim = { ...picture, data: picture.data.map((value) => value * 0.94) };
  expect(judge.judge(dim, one({}))).toMatchObject([{ thing: true, style: true, nearest: 'fox' }]);
});

test('another thing, an empty picture and gray noise are wrong', () => {
  const wolf = drawings.truth(one({ objects: [{ thing: 'wolf', x: 0.5, y: 0.5, r: 0.37 }] }));
  const empty = { ...wolf, data: new Uint8Array(wolf.data.length).fill(255) };
  const noise = { ...wolf, data: wolf.data.map((_, i) => (i * 7919) % 256) };
  expect(judge.judge(wolf, one({}))).toMatchObject([{ thing: false, nearest: 'wolf' }]);
  for (const picture of [empty, noise]) expect(judge.judge(picture, one({}))[0]!.thing).toBe(false);
});

test('each hand is told from the others, and pixel art from what is smooth', { timeout: 600_000 }, () => {
  for (const style of HANDS) {
    const picture = drawings.truth(one({ style }));
    const right = HANDS.filter((asked) => judge.judge(picture, one({ style: asked }))[0]!.style);
    expect(right).toEqual([style]);
    expect(inSquares(picture)).toBe(false);
  }
  const pixels = drawings.truth(one({ style: 'pixel' }));
  expect(judge.judge(pixels, one({ style: 'pixel' }))).toMatchObject([{ thing: true, style: true }]);
  expect(judge.judge(pixels, one({ style: 'flat' }))[0]!.style).toBe(false);
});

test('the second of two things counts', () => {
  const pair = CONTENTS.prompts.find(({ kind, style }) => kind === 'pair' && style !== 'pixel')!;
  const [first, second] = pair.objects;
  const half = drawings.truth({ ...pair, objects: [first!] });
  expect(judge.judge(half, pair).map(({ thing }) => thing)).toEqual([true, false]);
  expect(judge.judge(drawings.truth({ ...pair, objects: [second!, first!] }), pair)).toMatchObject([
    { thing: true },
    { thing: true },
  ]);
});

test('the table says of how many pictures, and whether the goal is reached', () => {
  const scores = {
    measures: { asked: { value: 0.5, of: 300 }, other: { value: 0.5, of: 32 } },
    failures: [],
  };
  const lines = thingsTable('nano', scores, 'nano').split('\n');
  expect(lines[2]).toMatch(/asked for most +300 +0\.500 +0\.85 +missed$/);
  expect(lines[3]).toMatch(/others of the 1,000 +32 +0\.500$/);
});
