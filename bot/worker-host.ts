/** `ROLE=worker`: devices that serve a bot on another machine. No journal, no chat, no page. */
import path, { basename, resolve } from 'node:path';
import type { ClusterSettings } from '../config/cluster-settings.ts';
import { JOBS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import type { Settings } from '../config/settings.ts';
import { readModelTable } from '../config/user-models.ts';
import { FileDigests } from '../pipeline/weights/file-digest.ts';
import { fileOf, openCatalogue } from './catalogue.ts';
import type { Service, World } from './compose.ts';
import { warmUpWith } from './devices/keep-warm.ts';
import { namesIn } from './devices/remote/names.ts';
import { MOST_SHELVED, type OfferedByWorker, type ShelvedFile } from './devices/remote/protocol.ts';
import { openSeal } from './devices/remote/seal.ts';
import { Serving } from './devices/remote/serve.ts';
import { openWire } from './devices/remote/wire.ts';
import { openShelf, type Shelf } from './models/shelf.ts';
import { openDevices } from './open-devices.ts';
import { anyDevice, type Health, readinessOf } from './ops/health.ts';
import { logObservation } from './ops/log-observation.ts';
import { openMetrics } from './ops/metrics.ts';
import { openOperations } from './ops/operation-routes.ts';
import { openDataFolder } from './store/data-folder.ts';
import { atMost } from './time/clock.ts';

/** @throws Fault one sentence: a device that does not work, a port that is taken */
export async function startWorker(
  settings: Settings,
  cluster: ClusterSettings,
  world: World,
): Promise<Service> {
  const { clock, log, newId, randomBytes } = world;
  const catalogue = openCatalogue(settings);
  const dataDir = openDataFolder(settings.dataDir);
  const { devices, refused } = await openDevices(settings, {
    ...world,
    graphs: path.join(dataDir, 'graphs'),
    table: readModelTable(settings.modelsDir),
    warmUp: () => warmUpWith(catalogue.choose(undefined, 'model')),
  });
  for (const { device, reason } of refused) log.info('device not used', { device, reason });
  const metrics = openMetrics();
  const wire = openWire({
    url: cluster.redisUrl,
    clock,
    log: (problem) => log.warn('Redis cannot be reached', { problem }),
  });
  const digests = new FileDigests();
  const shelves = settings.loras
    ? { loras: openShelf(settings, 'loras'), controls: openShelf(settings, 'controlnet') }
    : undefined;
  const serving = new Serving({
    wire,
    seal: openSeal(cluster.key, randomBytes),
    names: namesIn(cluster.queueName),
    clock,
    worker: cluster.workerName,
    instance: newId(),
    devices,
    models: () => offers(settings, catalogue, digests),
    shelved: async () => ({
      loras: await shelved(shelves?.loras, digests),
      controls: await shelved(shelves?.controls, digests),
    }),
    filesOf: (model) => catalogue.choose(model, 'model'),
    find(kind, name) {
      if (shelves === undefined) throw new Fault('lora.off', { option: name });
      return shelves[kind].find(name);
    },
    digests,
    newId,
    log: (sentence) => log.warn('worker', { sentence }),
  });
  const conditions = [anyDevice(devices), { problem: () => serving.problem() }];
  const readyDevices = () => devices.filter(({ warmth }) => warmth.isReady).map(({ name }) => name);
  const states = () =>
    devices.map(({ name, renderer }) => ({
      device: name,
      state: serving.isBusy(name) ? ('busy' as const) : ('idle' as const),
      ...(renderer.holding === undefined ? {} : { holding: renderer.holding }),
    }));
  const health: Health = {
    readiness: () => readinessOf(conditions),
    readyDevices,
    metricsType: metrics.contentType,
    metrics: () => metrics.text({ jobsByState: () => ({}), devices: states, readyDevices }),
  };
  const server = openOperations(health, log);
  const address = await server.listen(settings.host, settings.port);
  server.begin();
  serving.start();
  for (const { warmth } of devices) void warmth.start();

  const end = async () => {
    await serving.close();
    await Promise.all(devices.flatMap(({ renderer, warmth }) => [warmth.close(), renderer.close()]));
    await wire.close();
    await server.close();
  };
  return {
    address,
    unforeseen(kind, cause) {
      metrics.observe({ type: 'unforeseen', kind, cause });
      logObservation(log, { type: 'unforeseen', kind, cause });
    },
    async drain() {
      await atMost(clock, JOBS.finishRendering, serving.finish());
      await end();
    },
    end,
  };
}

type Catalogue = ReturnType<typeof openCatalogue>;

/** What can be drawn here, with the licence accepted. */
async function offers(
  settings: Settings,
  catalogue: Catalogue,
  digests: FileDigests,
): Promise<OfferedByWorker[]> {
  const usable = catalogue.models.filter(
    ({ entry, files, problem, offered }) =>
      files !== undefined &&
      problem === undefined &&
      offered === undefined &&
      (entry.licence === 'own' || settings.stabilityLicenseAccepted),
  );
  const told = usable.map(async ({ entry }): Promise<OfferedByWorker | undefined> => {
    try {
      const { files, maxSide, depth, defaults } = catalogue.choose(entry.name, 'model');
      const { name, title, role, licence, embedded } = entry;
      const digest = await digests.ofModel(files);
      const file = embedded ? basename(resolve(files.checkpoint)) : fileOf(files);
      return { name, title, role, licence, embedded, defaults, file, digest, maxSide, depth };
    } catch {
      // Its files are being replaced: the next sign of life tells it again.
      return undefined;
    }
  });
  return (await Promise.all(told)).filter((one) => one !== undefined);
}

/** Files that are being replaced are told of again with the next sign of life. */
async function shelved(shelf: Shelf | undefined, digests: FileDigests): Promise<ShelvedFile[]> {
  const told = (shelf?.entries() ?? []).slice(0, MOST_SHELVED).map(async ({ name, file }) => {
    try {
      return { name, digest: await digests.ofFile(file) };
    } catch {
      return undefined;
    }
  });
  return (await Promise.all(told)).filter((one) => one !== undefined);
}
