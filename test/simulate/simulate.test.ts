/** The simulation in small: repeatable, and what it says of the policy that ships holds. `npm run simulate` is the large form. */
import { expect, test } from 'vitest';
import { CARDS, type Card } from './cards.ts';
import type { Crowd } from './people.ts';
import { POLICIES } from './policies.ts';
import { quantile } from './report.ts';
import { type Outcome, simulate } from './simulation.ts';

const [shipped, withoutAffinity, firstCome] = POLICIES as [
  (typeof POLICIES)[number],
  (typeof POLICIES)[number],
  (typeof POLICIES)[number],
];

function farm(counts: Readonly<Record<string, number>>): Card[] {
  return Object.entries(counts).flatMap(([name, count]) => Array.from({ length: count }, () => CARDS[name]!));
}

const CARDS_24 = farm({ rtx4090: 6 });
const MIXED = farm({ h100: 2, rtx4090: 10 });
const CROWD: Crowd = { people: 300, greedy: 10, everyMs: 300_000, rush: 2, lengthMs: 240_000, seed: 7 };

/** Milliseconds below which so large a part of the waits of those lies who ask now and then. */
function wait({ waited }: Outcome, part: number): number {
  const own = waited.filter(({ isGreedy }) => !isGreedy).map(({ ms }) => ms);
  return quantile(
    own.sort((a, b) => a - b),
    part,
  )!;
}

test('the same seed gives the same figures, to the last', async () => {
  const first = await simulate(shipped, CARDS_24, CROWD);
  expect(await simulate(shipped, CARDS_24, CROWD)).toEqual(first);
  expect(first.pictures).toBeGreaterThan(100);
  expect((await simulate(shipped, CARDS_24, { ...CROWD, seed: 8 })).waited).not.toEqual(first.waited);
});

test('going where the model is saves loading, and makes more pictures in the same time', async () => {
  const [kept, scattered] = [
    await simulate(shipped, CARDS_24, CROWD),
    await simulate(withoutAffinity, CARDS_24, CROWD),
  ];
  expect(kept.loads).toBeLessThan(0.75 * scattered.loads);
  expect(kept.pictures).toBeGreaterThan(scattered.pictures);
});

test('who always asks does not keep the others waiting, as they do where first come is first served', async () => {
  const crowd = { ...CROWD, greedy: 60 };
  const fair = await simulate(shipped, CARDS_24, crowd);
  const inLine = await simulate(firstCome, CARDS_24, crowd);
  expect(wait(fair, 0.5)).toBeLessThan(wait(inLine, 0.5) / 2);
});

test('slow cards that have to load a model first help beside fast ones when many wait', async () => {
  const crowd = { ...CROWD, greedy: 150, everyMs: 60_000 };
  const mixed = await simulate(shipped, MIXED, crowd);
  const without = await simulate(withoutAffinity, MIXED, crowd);
  expect(mixed.pictures).toBeGreaterThanOrEqual(without.pictures);
});
