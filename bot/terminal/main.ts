/** The entry of `npm run imagine`: the real world handed to the command. */
import { randomInt, randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import dotenv from 'dotenv';
import { Fault } from '../../config/faults.ts';
import { devicesHere } from '../../config/settings.ts';
import { budgetOf } from '../devices/card-memory.ts';
import { chooseDevices } from '../devices/choose-devices.ts';
import { runImagine } from './imagine.ts';
import { openRenderQueue } from './render-queue.ts';
import { codeOf } from './write-files.ts';

dotenv.config({ quiet: true });

/** npm runs a script in the package's folder; the person may stand in another one. */
function workingFolder(): string {
  const { INIT_CWD, npm_lifecycle_event, npm_package_json } = process.env;
  const startedByNpm =
    npm_lifecycle_event === 'imagine' && dirname(resolve(npm_package_json ?? '')) === process.cwd();
  return startedByNpm && INIT_CWD ? INIT_CWD : process.cwd();
}

/** The first signal stops cleanly; `once` lets a second one end the process as it always does. */
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());

/** Who read our lines may have gone (`| head -1`), or they go to a file on a full disk: the pictures are written. */
let linesLost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || linesLost) return;
  linesLost = true;
  process.exitCode = 1;
  const fault = new Fault('file.write_failed', { file: 'standard output', problem: codeOf(error) }, error);
  process.stderr.write(`${fault.message}\n`);
});
process.stderr.on('error', () => {});

const exitCode = await runImagine({
  argv: process.argv.slice(2),
  env: process.env,
  folder: workingFolder(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  /** 32 bits: torch's generator, which noise follows, looks at no more of a seed. */
  randomSeed: () => randomInt(2 ** 32),
  newId: randomUUID,
  async openRenderQueue(settings, device, log) {
    const { devices } =
      device === undefined
        ? await chooseDevices(devicesHere(settings.devices), 'DEVICES')
        : await chooseDevices([device], '--device');
    const budgets = new Map<string, number>();
    for (const name of devices) {
      const budget = await budgetOf(name, settings.gpuMemory);
      if (budget !== undefined) budgets.set(name, budget);
    }
    return openRenderQueue({
      devices,
      budgets,
      attempts: 2,
      precision: settings.precision,
      cacheFolder: join(resolve(settings.dataDir), 'graphs'),
      log,
    });
  },
});
process.exitCode = exitCode || Number(linesLost);
