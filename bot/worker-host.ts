/** `ROLE=worker`: devices that serve a bot on another machine. No journal, no chat, no page. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path, { basename, resolve } from 'node:path';
import type { ClusterSettings } from '../config/cluster-settings.ts';
import { JOBS } from '../config/defaults.ts';
import { Fault } from '../config/faults.ts';
import type { Settings } from '../config/settings.ts';
import { readModelTable } from '../config/user-models.ts';
import { FileDigests } from '../pipeline/weights/file-digest.ts';
import { fileOf, openCatalogue } from './catalogue.ts';
import type { Service, World } from './compose.ts';
import { namesIn } from './devices/remote/names.ts';
import type { OfferedByWorker } from './devices/remote/protocol.ts';
import { openSeal } from './devices/remote/seal.ts';
import { Serving } from './devices/remote/serve.ts';
import { openWire } from './devices/remote/wire.ts';
import { openDevices } from './open-devices.ts';
import { anyDevice, readinessOf } from './ops/health.ts';
import { logObservation } from './ops/log-observation.ts';
import { openMetrics } from './ops/metrics.ts';
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
    warmUp: () => warmUpOf(catalogue),
  });
  for (const { device, reason } of refused) log.info('device not used', { device, reason });
  const metrics = openMetrics();
  const wire = openWire({
    url: cluster.redisUrl,
    clock,
    log: (problem) => log.warn('Redis cannot be reached', { problem }),
  });
  const digests = new FileDigests();
  const serving = new Serving({
    wire,
    seal: openSeal(cluster.key, randomBytes),
    names: namesIn(cluster.queueName),
    clock,
    worker: cluster.workerName,
    instance: newId(),
    devices,
    models: () => offers(settings, catalogue, digests),
    filesOf: (model) => catalogue.choose(model, 'model').files,
    digests,
    newId,
    log: (sentence) => log.warn('worker', { sentence }),
  });
  const conditions = [anyDevice(devices), { problem: () => serving.problem() }];
  const readyDevices = () => devices.filter(({ warmth }) => warmth.isReady).map(({ name }) => name);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    const where = request.url?.split('?')[0];
    if (where === '/healthz') return answer(200, 'text/plain', 'ok\n');
    if (where === '/readyz') {
      const { ready, reasons } = readinessOf(conditions);
      return answer(ready ? 200 : 503, 'application/json', JSON.stringify({ ready, reasons }));
    }
    if (where === '/metrics') {
      const states = devices.map(({ name, renderer }) => ({
        device: name,
        state: serving.isBusy(name) ? ('busy' as const) : ('idle' as const),
        ...(renderer.holding === undefined ? {} : { holding: renderer.holding }),
      }));
      const text = metrics.text({ jobsByState: () => ({}), devices: () => states, readyDevices });
      return text.then(
        (body) => answer(200, metrics.contentType, body),
        () => answer(500, 'text/plain', 'no metrics\n'),
      );
    }
    return answer(404, 'text/plain', 'a worker has /healthz, /readyz and /metrics\n');
  });
  const { host, port } = settings;
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(new Fault('http.listen', { address: `${host}:${port}`, problem: error.code ?? error.message })),
    );
    server.listen(port, host, done);
  });
  serving.start();
  for (const { warmth } of devices) void warmth.start();

  const end = async () => {
    await serving.close();
    await Promise.all(devices.flatMap(({ renderer, warmth }) => [warmth.close(), renderer.close()]));
    await wire.close();
    server.closeAllConnections();
    server.close();
  };
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/`,
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

/** The least that makes a device load the model that is used where nobody names one. */
function warmUpOf(catalogue: Catalogue) {
  const { name, files, defaults } = catalogue.choose(undefined, 'model');
  const { sampler, scheduler, shift } = defaults;
  const least = { width: 64, height: 64, seed: 0, steps: 1, cfg: 1, count: 1, previews: false } as const;
  return {
    id: 'warm-up',
    model: { name, files },
    prompt: 'warm up',
    negative: '',
    ...least,
    sampler,
    scheduler,
    shift,
    keepTensors: false,
  };
}
