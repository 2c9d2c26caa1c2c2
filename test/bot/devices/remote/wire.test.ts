/** The connections to Redis, and what they do when they are ended. */
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openWire } from '../../../../bot/devices/remote/wire.ts';
import { systemClock } from '../../../../bot/time/clock.ts';
import { PATIENCE } from '../../../until.ts';
import { aRedis, REDIS, WHY_SKIPPED } from './a-redis.ts';

test.skipIf(REDIS === undefined)(
  `a connection that ended before it listened to anything listens once it is there again${WHY_SKIPPED}`,
  async () => {
    const redis = await aRedis();
    const wire = openWire({ url: redis.url, clock: systemClock, log: () => {} });
    onTestFinished(() => wire.close());
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    const heard: string[] = [];
    wire.subscribe('news', (bytes) => heard.push(bytes.toString()));
    // Whatever it was about to do, and whatever it has done.
    for (let i = 0; i < 20; i++) {
      await admin.client('KILL', 'TYPE', 'pubsub');
      await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await vi.waitFor(async () => {
      await admin.publish('news', 'hello');
      expect(heard).toContain('hello');
    }, PATIENCE);
    await vi.waitFor(() => expect(wire.isUp).toBe(true), PATIENCE);
  },
);
