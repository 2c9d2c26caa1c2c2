/** The entry of `npm start`: the real world handed to the service, and its end in two stages. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import dotenv from 'dotenv';
import { Fault } from '../config/faults.ts';
import { devicesHere, readSettings, secretsOf, TOKENS } from '../config/settings.ts';
import { startService, type World } from './compose.ts';
import { shareOfThreads } from './devices/share-of-threads.ts';
import { WorkerProcess } from './devices/worker-process.ts';
import { castLastNet } from './ops/last-net.ts';
import { hide, openLog } from './ops/log.ts';
import { systemNetwork } from './safety/network.ts';
import { markCrash, reportFatalErrors } from './store/crash-mark.ts';
import { salvage } from './store/salvage.ts';
import { systemClock } from './time/clock.ts';

dotenv.config({ quiet: true });
/** Journal, pictures and logs hold people's words: whatever is written here and by the workers is its owner's alone. */
process.umask(0o077);

/** Milliseconds after which the first stage is given up. */
const LONGEST_END = 29_000;

async function start(): Promise<void> {
  const settings = readSettings(process.env);
  if (process.argv.includes('--salvage')) {
    const { damaged, kept, lost, unclaimed } = salvage(settings.dataDir, systemClock.now());
    process.stdout.write(
      `Kept of the journal: ${kept.jobs} jobs, ${kept.pictures} pictures, ${kept.people} people's settings; ` +
        `lost: ${lost} rows; pictures that no job knows, now in "unclaimed": ${unclaimed}. ` +
        `The damaged journal is ${damaged}.\n`,
    );
  }
  const log = openLog({
    level: settings.logLevel,
    now: systemClock.now,
    write: (line) => process.stderr.write(line),
    plain: process.stderr.isTTY === true,
    secrets: secretsOf(settings),
  });
  // A log that goes to a full disk or to nobody is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let stages = 0;
  let service: Awaited<ReturnType<typeof startService>> | undefined;
  const stop = (signal: string) => {
    stages++;
    log.info('stopping', { signal, stage: stages });
    if (service === undefined || stages > 1) {
      void service?.end().catch(() => {});
      process.exit(service === undefined ? 0 : 1);
    }
    setTimeout(() => process.exit(1), LONGEST_END).unref();
    service.drain().then(
      () => process.exit(0),
      (error) => {
        log.fatal('stopping failed', { cause: error });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

  reportFatalErrors(settings.dataDir, process.report);
  castLastNet(process, {
    clock: systemClock,
    caught: (kind, cause) =>
      service === undefined ? log.error('unforeseen', { kind, cause }) : service.unforeseen(kind, cause),
    giveUp(cause) {
      log.fatal('too much that nobody foresaw', { cause });
      markCrash(settings.dataDir, systemClock.now());
      process.exit(1);
    },
  });
  const world = {
    clock: systemClock,
    log,
    network: systemNetwork,
    randomBytes,
    /** 32 bits: torch's generator, which noise follows, looks at no more of a seed. */
    randomSeed: () => randomInt(2 ** 32),
    newId: randomUUID,
    openWorker: (device: string, cacheFolder: string, budget: number | undefined) =>
      new WorkerProcess({
        device,
        cacheFolder,
        precision: settings.precision,
        ...(budget === undefined ? {} : { budget }),
        ...shareOfThreads(device, devicesHere(settings.devices), availableParallelism()),
        log: (text) => log.warn('worker says', { device, text }),
      }),
    replaced(fault: Fault) {
      log.fatal('replaced', { reason: fault.message });
      process.exit(1);
    },
  } satisfies World;
  const { cluster } = settings;
  service =
    cluster?.role === 'worker'
      ? await (await import('./worker-host.ts')).startWorker(settings, cluster, world)
      : await startService(settings, world);
  const what = cluster?.role === 'worker' ? 'Darkroom works' : 'Darkroom is open';
  process.stdout.write(`${what}: ${service.address}\n`);
  if (service.warm === undefined) return;
  process.stdout.write('Its model is being loaded; what is asked for now is drawn as soon as it is there.\n');
  const { ready, reasons } = await service.warm;
  process.stdout.write(ready ? 'Ready.\n' : `Not ready yet: ${reasons.join('; ')}\n`);
}

start().catch((error: unknown) => {
  const known = error instanceof Fault;
  const text = known ? error.message : error instanceof Error ? error.stack : error;
  process.stderr.write(`${hide(String(text), TOKENS)}\n`);
  process.exit(known && error.blame === 'input' ? 2 : 1);
});
