/** `npm run farm -- [--jobs N] [--kills N] [--seed N] [--standby]`: prints what was lost, came twice or is stuck; exit 1 where anything is. */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../bot/time/clock.ts';
import { freePort, REDIS, RedisProcess } from '../bot/devices/remote/redis-process.ts';
import { openDiscordStandin } from '../standins/discord/discord-standin.ts';
import { runFarm } from './farm.ts';
import { randomFrom } from './random.ts';

const { values } = parseArgs({
  options: {
    standby: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
if (REDIS === undefined) throw new Error('neither redis-server nor valkey-server is installed');
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-farm-'));
const redisFolder = path.join(folder, 'redis');
mkdirSync(redisFolder);
const redis = new RedisProcess(redisFolder, await freePort(), ['--appendonly', 'yes']);
const standin = await openDiscordStandin(systemClock);
standin.http.allowance = () => ({ count: 1e6, every: 1 });
const began = performance.now();
try {
  await redis.start();
  console.log(`seed ${values.seed}`);
  const result = await runFarm({
    standin,
    redis,
    folders: {
      bot: path.join(folder, 'bot'),
      workers: [path.join(folder, 'worker-1'), path.join(folder, 'worker-2')],
    },
    standby: values.standby,
    jobs: Number(values.jobs),
    kills: Number(values.kills),
    atOnce: 20,
    stepMs: 20,
    random: randomFrom(Number(values.seed)),
    tell: (line) => console.log(`${Math.round((performance.now() - began) / 1000)} s: ${line}`),
  });
  console.log(
    JSON.stringify({ seconds: Math.round((performance.now() - began) / 1000), ...result }, null, 2),
  );
  const isWhole = result.delivered === result.accepted && result.twice.length + result.stuck.length === 0;
  process.exitCode = isWhole ? 0 : 1;
} finally {
  await redis.kill();
  await standin.close();
  rmSync(folder, { recursive: true, force: true });
}
