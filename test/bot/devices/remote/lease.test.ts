/** The lock that says which bot has the queue, on a real Redis. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Lease, takeLease } from '../../../../bot/devices/remote/lease.ts';
import { namesIn } from '../../../../bot/devices/remote/names.ts';
import { openWire } from '../../../../bot/devices/remote/wire.ts';
import { systemClock } from '../../../../bot/time/clock.ts';
import type { Fault } from '../../../../config/faults.ts';
import { PATIENCE } from '../../../until.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './a-redis.ts';
import type { RedisProcess } from './redis-process.ts';

/** Only a hanging test takes so long. */
const withRedis = test.skipIf(REDIS === undefined);

/** Somebody who wants the queue. */
function aBot(redis: RedisProcess, place: string = randomUUID()) {
  const wire = openWire({ url: redis.url, clock: systemClock, log: () => {} });
  const told = { waits: 0, lost: [] as string[] };
  let lease: Lease | undefined;
  const taken = takeLease({
    ...{ wire, names: namesIn('darkroom'), clock: systemClock, queueName: 'darkroom' },
    ...{ instance: randomUUID(), place },
    waiting: () => told.waits++,
    lost: (fault: Fault) => told.lost.push(fault.code),
  });
  // Who still waits when the test ends is refused as its connection closes.
  taken.then(
    (one) => {
      lease = one;
    },
    () => {},
  );
  onTestFinished(async () => {
    await wire.close();
    await lease?.close();
  });
  return { taken, told, has: () => lease !== undefined };
}

withRedis(
  `a second bot waits, and has the queue as soon as the first gives it back${WHY_SKIPPED}`,
  async () => {
    const redis = await aRedis();
    const first = aBot(redis);
    const lease = await first.taken;
    const waiting = aBot(redis);
    await vi.waitFor(() => expect(waiting.told.waits).toBeGreaterThan(1), PATIENCE);
    expect(waiting.has()).toBe(false);
    await lease.close();
    expect((await waiting.taken).token).toBeGreaterThan(lease.token);
    expect(first.told.lost).toEqual([]);
  },
);

withRedis(
  'a bot that is started again on the same journal need not wait for the lock of the one before',
  async () => {
    const redis = await aRedis();
    const before = aBot(redis, 'a place');
    const lease = await before.taken;
    const after = aBot(redis, 'a place');
    expect((await after.taken).token).toBeGreaterThan(lease.token);
    expect(after.told.waits).toBe(0);
    await vi.waitFor(() => expect(before.told.lost).toEqual(['bot.replaced']), PATIENCE);
    expect(lease.mayWrite()).toBe(false);
  },
);

withRedis(
  'Redis may lose all that it has: the lock and its number are those of the bot that has it',
  async () => {
    const redis = await aRedis();
    const first = aBot(redis);
    const lease = await first.taken;
    await redis.kill();
    await redis.start();
    const probe = new Redis(redis.url);
    onTestFinished(() => probe.disconnect());
    await vi.waitFor(
      async () => expect(await probe.get('darkroom:bot-number')).toBe(String(lease.token)),
      PATIENCE,
    );
    const second = aBot(redis);
    await vi.waitFor(() => expect(second.told.waits).toBeGreaterThan(0), PATIENCE);
    expect(second.has()).toBe(false);
    expect(first.told.lost).toEqual([]);
    expect(lease.mayWrite()).toBe(true);
  },
);

withRedis(
  'a bot that cannot renew the lock stops in time where another one waits for it, and not where none does',
  async () => {
    const [alone, watched] = [await aRedis(), await aRedis()];
    const only = aBot(alone);
    const first = aBot(watched);
    const [kept, lease] = await Promise.all([only.taken, first.taken]);
    const second = aBot(watched);
    await vi.waitFor(() => expect(second.told.waits).toBeGreaterThan(2), PATIENCE);
    alone.freeze();
    watched.freeze();
    await vi.waitFor(() => expect(first.told.lost).toEqual(['bot.replaced']), PATIENCE);
    expect(lease.mayWrite()).toBe(false);
    expect(only.told.lost).toEqual([]);
    expect(kept.mayWrite()).toBe(true);
    watched.thaw();
    alone.thaw();
    expect((await second.taken).token).toBeGreaterThan(lease.token);
    expect(only.told.lost).toEqual([]);
  },
  120_000,
);
