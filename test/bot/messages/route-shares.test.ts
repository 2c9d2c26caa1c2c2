import { expect, test } from 'vitest';
import { RouteShares } from '../../../bot/messages/route-shares.ts';

test('a message is on one route at a time, and counted there until it is shown no more', () => {
  const shares = new RouteShares();
  const [a, b] = [{}, {}];
  expect(shares.enter(a, 'new')).toBe(1);
  expect(shares.enter(a, 'new')).toBe(1);
  expect(shares.enter(b, 'new')).toBe(2);
  expect(shares.enter(a, 'edits')).toBe(1);
  expect(shares.enter(b, 'edits')).toBe(2);
  shares.leave(a);
  shares.leave(a);
  expect(shares.enter(b, 'edits')).toBe(1);
  expect(shares.enter(a, 'new')).toBe(1);
});
