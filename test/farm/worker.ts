/** A worker as `ROLE=worker` starts it, but that its device only pretends to draw: so many milliseconds a step. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { openLog } from '../../bot/ops/log.ts';
import { systemNetwork } from '../../bot/safety/network.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { startWorker } from '../../bot/worker-host.ts';
import { readSettings } from '../../config/settings.ts';
import { PlainRenderer } from './plain-renderer.ts';

const settings = readSettings(process.env);
const log = openLog({
  level: 'warn',
  now: systemClock.now,
  write: (line) => process.stderr.write(line),
  plain: false,
  secrets: [],
});
await startWorker(settings, settings.cluster!, {
  clock: systemClock,
  log,
  network: systemNetwork,
  randomBytes,
  randomSeed: () => randomInt(2 ** 32),
  newId: randomUUID,
  openWorker: () => new PlainRenderer(Number(process.env.STEP_MS)),
});
process.stdout.write('works\n');
