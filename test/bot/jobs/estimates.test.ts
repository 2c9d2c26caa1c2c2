import { expect, test } from 'vitest';
import { Estimates, type StepTime } from '../../../bot/jobs/estimates.ts';
import { forecast } from '../../../bot/jobs/forecast.ts';
import { aStoredRequest, TIMINGS } from './a-job.ts';

const timed = (step: number, change = {}) => ({
  ...TIMINGS,
  step_ms: [step, step, step, step],
  total_ms: 4 * step + 7,
  ...change,
});

test('after one picture, the next of the same kind is foreseen as it was', () => {
  const estimates = new Estimates([], () => {});
  estimates.learn(aStoredRequest(), 'cpu', timed(100));
  expect(estimates.step(aStoredRequest(), 'cpu')).toBe(100);
  expect(estimates.picture(aStoredRequest({ steps: 10 }), 'cpu', true)).toBe(1_007);
});

test('a measured size foretells other sizes and counts, more guidance passes, and other devices', () => {
  const estimates = new Estimates([], () => {});
  estimates.learn(aStoredRequest(), 'cpu', timed(100));
  expect(estimates.step(aStoredRequest({ width: 128 }), 'cpu')).toBe(200);
  expect(estimates.step(aStoredRequest({ count: 4 }), 'cpu')).toBe(400);
  expect(estimates.step(aStoredRequest({ cfg: 1 }), 'cpu')).toBe(50);
  expect(estimates.step(aStoredRequest(), 'cuda:0')).toBe(100);
});

test('without any measurement there is a figure that grows with the picture, smaller for a GPU', () => {
  const estimates = new Estimates([], () => {});
  const small = estimates.step(aStoredRequest(), 'cpu');
  expect(small).toBeGreaterThan(0);
  expect(estimates.step(aStoredRequest({ width: 640 }), 'cpu')).toBeCloseTo(10 * small);
  expect(estimates.step(aStoredRequest(), 'cuda:0')).toBeLessThan(small / 10);
});

test('loading counts only where the device does not hold the model', () => {
  const estimates = new Estimates([], () => {});
  estimates.learn(aStoredRequest(), 'cpu', timed(100, { load_ms: 5_000, total_ms: 5_407 }));
  estimates.learn(aStoredRequest(), 'cpu', timed(100));
  const loaded = estimates.picture(aStoredRequest(), 'cpu', true);
  expect(estimates.picture(aStoredRequest(), 'cpu', false)).toBe(loaded + 5_000);
});

test('a card that holds several models is not thought to load what it did not draw with last', () => {
  const estimates = new Estimates([], () => {});
  estimates.learn(aStoredRequest(), 'cuda:0', timed(100, { load_ms: 5_000, total_ms: 5_407 }), true);
  for (let i = 0; i < 15; i++) estimates.learn(aStoredRequest(), 'cuda:0', timed(100), true);
  const loaded = estimates.picture(aStoredRequest(), 'cuda:0', true);
  expect(estimates.picture(aStoredRequest(), 'cuda:0', false)).toBeLessThan(loaded + 50);
});

test('figures follow a change within a handful of pictures, and survive a restart', () => {
  const rows = new Map<string, StepTime>();
  const estimates = new Estimates([], (row) => rows.set(row.model, row));
  estimates.learn(aStoredRequest(), 'cpu', timed(1_000));
  for (let i = 0; i < 10; i++) estimates.learn(aStoredRequest(), 'cpu', timed(100));
  expect(estimates.step(aStoredRequest(), 'cpu')).toBeLessThan(130);
  const again = new Estimates([...rows.values()], () => {});
  expect(again.step(aStoredRequest(), 'cpu')).toBe(estimates.step(aStoredRequest(), 'cpu'));
});

test('the slowest sign of life is known for the watchdog, and fades', () => {
  const estimates = new Estimates([], () => {});
  expect(estimates.slowest(aStoredRequest(), 'cpu')).toBeUndefined();
  estimates.learn(aStoredRequest(), 'cpu', { ...timed(100), step_ms: [100, 9_000] });
  expect(estimates.slowest(aStoredRequest(), 'cpu')).toBe(9_000);
  estimates.learn(aStoredRequest(), 'cpu', timed(100));
  expect(estimates.slowest(aStoredRequest(), 'cpu')).toBeCloseTo(8_100);
  for (let i = 0; i < 50; i++) estimates.learn(aStoredRequest(), 'cpu', timed(100));
  expect(estimates.slowest(aStoredRequest(), 'cpu')).toBeLessThan(150);
});

test('two devices halve the wait', () => {
  expect(forecast([5], [10, 10, 10]).map(({ startsIn }) => startsIn)).toEqual([5, 15, 25]);
  expect(forecast([5, 0], [10, 10, 10])).toEqual([
    { position: 1, startsIn: 0, endsIn: 10 },
    { position: 2, startsIn: 5, endsIn: 15 },
    { position: 3, startsIn: 10, endsIn: 20 },
  ]);
});
