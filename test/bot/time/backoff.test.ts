import { expect, test } from 'vitest';
import { backoff } from '../../../bot/time/backoff.ts';

test('each failure waits twice as long as the one before, up to the longest; none waits for nothing', () => {
  const waits = [-1, 0, 1, 2, 3, 4, 5, 5_000].map((failures) =>
    backoff({ first: 250, longest: 1_500 }, failures),
  );
  expect(waits).toEqual([0, 0, 250, 500, 1_000, 1_500, 1_500, 1_500]);
});

test('what grows more slowly does', () => {
  expect(backoff({ first: 200, longest: 2_000, growth: 1.5 }, 3)).toBe(450);
});
