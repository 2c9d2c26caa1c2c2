/**
 * Measures in a fresh process what a job costs the bot itself, in processor time: where its devices are workers of this
 * machine, and where they are on the other side of Redis. Who draws is another process, and draws nothing.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openCatalogue } from '../../bot/catalogue.ts';
import { namesIn } from '../../bot/devices/remote/names.ts';
import { RemoteWorkers } from '../../bot/devices/remote/remote-workers.ts';
import { openSeal } from '../../bot/devices/remote/seal.ts';
import { openWire } from '../../bot/devices/remote/wire.ts';
import { WorkerProcess } from '../../bot/devices/worker-process.ts';
import { openJobs } from '../../bot/open-jobs.ts';
import { openJournal } from '../../bot/store/journal.ts';
import { PictureStore } from '../../bot/store/picture-store.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { readSettings } from '../../config/settings.ts';
import { aRequest } from '../bot/jobs/a-job.ts';
import { NO_LIMITS, run, SilentSurface } from './measure-jobs.ts';

export interface FarmInput {
  readonly jobs: number;
  readonly devices: number;
  /** Of Redis, and the key that the worker has; devices of this machine without them. */
  readonly elsewhere?: { readonly url: string; readonly key: string };
}

export interface FarmCost {
  readonly cpu_ms_per_job: number;
  readonly jobs_per_second: number;
}

export async function measure({ jobs: count, devices, elsewhere }: FarmInput): Promise<FarmCost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-bench-'));
  const surface = new SilentSurface();
  const { jobs, connect, close } = openJobs({
    journal: openJournal(path.join(folder, 'journal.db'), systemClock),
    store: new PictureStore(path.join(folder, 'pictures')),
    devices: elsewhere === undefined ? workersHere(devices) : [],
    clock: systemClock,
    randomBytes,
    randomSeed: () => 1,
    resolve: async () => aRequest(),
    limits: NO_LIMITS,
  });
  const { files } = openCatalogue(readSettings({})).choose('nano', 'model');
  const remote = elsewhere && (await reach(elsewhere, devices, jobs));
  const request = aRequest({ model: { name: 'nano', files: remote?.files ?? files } });
  try {
    await jobs.start();
    connect(surface);
    // Compiled code, started workers and open queues are not what is measured.
    await run(jobs, surface, 500, request);
    const cpu = process.cpuUsage();
    const start = performance.now();
    await run(jobs, surface, count, request);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - start) / 1000;
    return { cpu_ms_per_job: (user + system) / 1000 / count, jobs_per_second: count / seconds };
  } finally {
    await close();
    await remote?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function workersHere(count: number) {
  const entry = path.join(import.meta.dirname, 'drawing-nothing.mjs');
  return Array.from({ length: count }, (_, i) => ({
    name: `cpu:${i}`,
    renderer: new WorkerProcess({ device: `cpu:${i}`, entry }),
  }));
}

/** The worker's devices become those of the jobs. Resolves once all are in reach. */
async function reach(
  { url, key }: NonNullable<FarmInput['elsewhere']>,
  count: number,
  jobs: ReturnType<typeof openJobs>['jobs'],
) {
  const wire = openWire({ url, clock: systemClock, log: () => {} });
  let found = 0;
  const files = await new Promise<ReturnType<typeof aRequest>['model']['files']>((resolve) => {
    const workers = new RemoteWorkers({
      ...{ wire, clock: systemClock, newId: randomUUID, instance: randomUUID() },
      seal: openSeal(key, randomBytes),
      names: namesIn('darkroom'),
      since: systemClock.now(),
      onDevice(device) {
        jobs.addDevice({ name: device.name, renderer: device });
        if (++found < count) return;
        const look = () => {
          const nano = device.models.find(({ entry }) => entry.name === 'nano');
          if (nano === undefined) setTimeout(look, 50);
          else resolve(nano.files);
        };
        look();
      },
      onForgotten() {},
      log: () => {},
    });
    workers.start();
  });
  return { files, close: () => wire.close() };
}
