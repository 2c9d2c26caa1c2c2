/** The farm in short; `npm run farm` is the long one. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { aRedis, REDIS, WHY_SKIPPED } from '../bot/devices/remote/a-redis.ts';
import { aStandin } from '../bot/discord/a-discord.ts';
import { aFolder } from '../bot/jobs/some-jobs.ts';
import { runFarm } from './farm.ts';

test.skipIf(REDIS === undefined)(
  `whoever is killed, each accepted request ends in one picture${WHY_SKIPPED}`,
  async () => {
    const standin = await aStandin();
    standin.http.allowance = () => ({ count: 1e6, every: 1 });
    const folder = aFolder();
    // Each part once: a worker, Redis, Redis with all it held, the bot.
    const order = [1, 3, 4, 0];
    const result = await runFarm({
      standin,
      redis: await aRedis('--appendonly', 'yes'),
      folders: { bot: path.join(folder, 'b'), workers: [path.join(folder, '1'), path.join(folder, '2')] },
      jobs: 16,
      kills: order.length,
      atOnce: 4,
      stepMs: 40,
      random: () => order.shift()!,
      tell: () => {},
    });
    expect(result).toMatchObject({ failed: 0, twice: [], stuck: [], delivered: result.accepted });
    expect(result.delivered).toBeGreaterThan(10);
    expect(Object.keys(result.killed).toSorted()).toEqual([
      'Redis',
      'Redis with all it held',
      'bot',
      'worker 1',
    ]);
  },
  1_800_000,
);
