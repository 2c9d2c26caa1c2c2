/** A real Redis in a folder of its own, ended with the test. */
import { onTestFinished } from 'vitest';
import { aFolder } from '../../jobs/some-jobs.ts';
import { freePort, RedisProcess } from './redis-process.ts';

export { REDIS, WHY_SKIPPED } from './redis-process.ts';

/** @param more of redis-server's options */
export async function aRedis(...more: readonly string[]): Promise<RedisProcess> {
  const redis = new RedisProcess(aFolder(), await freePort(), more);
  await redis.start();
  onTestFinished(() => redis.kill());
  return redis;
}
