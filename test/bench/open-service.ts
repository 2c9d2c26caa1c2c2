/** The service in a process of its own, real in everything but its limits: `service.ts` asks it a thousand times. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { startService } from '../../bot/compose.ts';
import { WorkerProcess } from '../../bot/devices/worker-process.ts';
import { openLog } from '../../bot/ops/log.ts';
import { systemNetwork } from '../../bot/safety/network.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { readSettings } from '../../config/settings.ts';

const MANY = 1_000_000;
const rate = { burst: MANY, every: 1 };

const { address } = await startService(readSettings(process.env), {
  clock: systemClock,
  log: openLog({
    level: 'warn',
    now: systemClock.now,
    write: (line) => process.stderr.write(line),
    plain: true,
    secrets: [],
  }),
  network: systemNetwork,
  randomBytes,
  randomSeed: () => randomInt(2 ** 32),
  newId: randomUUID,
  openWorker: (device, cacheFolder) => new WorkerProcess({ device, cacheFolder }),
  limits: { waiting: MANY, waitingOfPerson: MANY, personRate: rate, channelRate: rate },
});
process.send?.(address);
