/** Errors that nobody caught: the service goes on, until there are too many in a short time. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { castLastNet } from '../../../bot/ops/last-net.ts';
import { FakeClock } from '../fake-clock.ts';

function aNet() {
  const process = new EventEmitter();
  const clock = new FakeClock();
  const caught: [string, unknown][] = [];
  const gaveUp: unknown[] = [];
  castLastNet(process, {
    clock,
    caught: (kind, error) => caught.push([kind, error]),
    giveUp: (error) => gaveUp.push(error),
  });
  return { process, clock, caught, gaveUp };
}

test('an error that nobody caught is told with its kind, and is no end', () => {
  const { process, caught, gaveUp } = aNet();
  process.emit('uncaughtException', 'a');
  process.emit('unhandledRejection', 'b');
  expect(caught).toEqual([
    ['uncaughtException', 'a'],
    ['unhandledRejection', 'b'],
  ]);
  expect(gaveUp).toEqual([]);
});

test('twenty in a minute are survived, the next one is the end; both kinds count together', () => {
  const { process, caught, gaveUp } = aNet();
  for (let i = 0; i < 20; i++) process.emit(i % 2 ? 'uncaughtException' : 'unhandledRejection', i);
  expect(gaveUp).toEqual([]);
  process.emit('uncaughtException', 'one more');
  expect(gaveUp).toEqual(['one more']);
  expect(caught).toHaveLength(21);
});

test('slow ones never add up, and a clock that is set does not make them', async () => {
  const { process, clock, gaveUp } = aNet();
  for (let i = 0; i < 100; i++) {
    process.emit('uncaughtException', i);
    clock.setAhead(i % 2 ? 3_600_000 : -3_600_000);
    await clock.advance(3_001);
  }
  expect(gaveUp).toEqual([]);
});
