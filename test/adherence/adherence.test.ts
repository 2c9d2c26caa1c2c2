/**
 * The shipped weights obey their prompts: colours, shapes, things, places and numbers, measured on pictures of the real
 * pipeline. What they must reach is in thresholds.json, slightly under what `npm run adherence -- --set-thresholds` found.
 */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { drawAll } from './draw.ts';
import { type Scores, score } from './score.ts';
import { CONTENTS } from './things-data.ts';
import { Drawings } from './things-drawings.ts';
import { ThingsJudge } from './things-judge.ts';
import { scoreThings } from './things-score.ts';
import { MODELS, readThresholds, SMALLER_SET } from './thresholds.ts';

const SIDE_BY_SIDE = Math.min(2, availableParallelism());

test.each(MODELS)('%s draws what it is told', { timeout: 1_200_000 }, async (model) => {
  const drawn = await drawAll(SMALLER_SET, model, { workers: SIDE_BY_SIDE });
  const scores = await score(
    SMALLER_SET,
    drawn.map(({ picture }) => picture),
  );
  const least = readThresholds().smaller_set[model];
  const reached = Object.fromEntries(
    Object.entries(least).map(([name, value]) => [name, Math.min(value, figureOf(scores, name))]),
  );
  expect(reached, scores.failures.join(', ')).toEqual(least);
  expect(Object.keys(least).sort()).toEqual([...Object.keys(scores.measures), 'mean'].sort());
});

test('nano-turbo draws things that the judge recognises among all others', { timeout: 600_000 }, async () => {
  const asked = CONTENTS.nouns.filter((_, i) => i % 40 === 0);
  const drawn = await drawAll(asked, 'nano-turbo', { workers: SIDE_BY_SIDE });
  const pictures = drawn.map(({ picture }) => picture);
  const { measures, failures } = scoreThings(new ThingsJudge(await Drawings.open()), asked, pictures);
  expect(measures.noun?.value, failures.join(', ')).toBeGreaterThanOrEqual(
    readThresholds().nouns['nano-turbo'],
  );
});

function figureOf({ measures, mean }: Scores, name: string): number {
  return name === 'mean' ? mean : (measures[name as keyof typeof measures]?.value ?? 0);
}
