/** What several machines cost the bot: its processor time a job through Redis, beside that with devices of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, REDIS, RedisProcess } from '../bot/devices/remote/redis-process.ts';
import { processPart } from '../farm/parts.ts';
import { atLeast, atMost, type BenchPart, median } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { FarmCost, FarmInput } from './measure-farm.ts';

const JOBS = 2_000;
const DEVICES = 8;
const ROUNDS = 3;
const LIMITS = { ratio: 2, rate: 100 };
const KEY = 'a key for nothing but the bench';

export const farm: BenchPart = async (_, say) => {
  if (REDIS === undefined) throw new Error('neither redis-server nor valkey-server is installed');
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const redis = new RedisProcess(folder, await freePort());
  const devices = Array.from({ length: DEVICES }, (_, i) => `cpu:${i}`).join(',');
  const env = { ROLE: 'worker', REDIS_URL: redis.url, WORKER_KEY: KEY, WORKER_NAME: 'gpu-1', PORT: '0' };
  const worker = processPart(
    'worker',
    'test/farm/worker.ts',
    { ...env, DEVICES: devices, DATA_DIR: path.join(folder, 'worker'), STEP_MS: '1' },
    /works/,
  );
  try {
    await redis.start();
    await worker.start();
    const run = (input: FarmInput) => inFreshProcess<FarmCost>('./measure-farm.ts', input, 'as the service');
    const here: FarmCost[] = [];
    const there: FarmCost[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      say(
        `round ${round} of ${ROUNDS}: ${JOBS} jobs on ${DEVICES} devices of this machine, and through Redis`,
      );
      here.push(await run({ jobs: JOBS, devices: DEVICES }));
      there.push(await run({ jobs: JOBS, devices: DEVICES, elsewhere: { url: redis.url, key: KEY } }));
    }
    const cost = (of: readonly FarmCost[]) => median(of.map(({ cpu_ms_per_job }) => cpu_ms_per_job));
    const rate = (of: readonly FarmCost[]) => median(of.map(({ jobs_per_second }) => jobs_per_second));
    return {
      farm_cost: atMost(
        cost(there) / cost(here),
        'of the processor time a job on one machine',
        LIMITS.ratio,
        {
          jobs: JOBS,
          ms_here: here.map(({ cpu_ms_per_job }) => Math.round(cpu_ms_per_job * 100) / 100),
          ms_through_redis: there.map(({ cpu_ms_per_job }) => Math.round(cpu_ms_per_job * 100) / 100),
        },
      ),
      farm_rate: atLeast(rate(there), 'jobs a second through Redis', LIMITS.rate, {
        here: Math.round(rate(here)),
        devices: DEVICES,
      }),
    };
  } finally {
    await worker.kill();
    await redis.kill();
    rmSync(folder, { recursive: true, force: true });
  }
};
