/** The running service put together: journal, devices, commands, the studio page. Everything real is handed in. */
import path from 'node:path';
import type { House } from '../commands/command.ts';
import type { Settings } from '../config/settings.ts';
import { readStyles } from '../config/styles.ts';
import type { PictureRequest } from '../pipeline/request.ts';
import { openCatalogue } from './catalogue.ts';
import { openChats } from './chats.ts';
import type { Clock } from './clock.ts';
import { takeCrashMark } from './crash-mark.ts';
import { openDataFolder } from './data-folder.ts';
import { examplesFor } from './examples.ts';
import { anyDevice, type Condition, type Health, readinessOf } from './health.ts';
import { openHouse, resolveWith } from './house.ts';
import { chooseDevices } from './jobs/choose-devices.ts';
import { Desk } from './jobs/desk.ts';
import { diskOf } from './jobs/disk.ts';
import { Journal } from './jobs/journal.ts';
import type { Renderer } from './jobs/lane.ts';
import type { LimitSettings } from './jobs/limits.ts';
import type { Observation } from './jobs/observation.ts';
import { PictureStore } from './jobs/picture-store.ts';
import type { Log } from './log.ts';
import { logObservation } from './log-observation.ts';
import { openMetrics } from './metrics.ts';
import { commandRunner } from './run-command.ts';
import { openWordCheck } from './safety/check-words.ts';
import { WarmRenderer } from './warm-renderer.ts';
import { readPageSecret } from './web/page-secret.ts';
import { openWeb } from './web/web.ts';

export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (length: number) => Uint8Array;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  readonly newId: () => string;
  /** Starts a worker on the device. @param cacheFolder for optimised graphs */
  readonly openWorker: (device: string, cacheFolder: string) => Renderer;
  readonly limits?: Partial<LimitSettings>;
}

export interface Service {
  /** Where the studio page is. */
  readonly address: string;
  /** First stage of the end: nothing new, what runs is finished or kept. */
  drain(): Promise<void>;
  /** Second stage: ends at once; what was accepted is on disk. */
  end(): Promise<void>;
  /** An error that nobody caught is logged and counted. */
  unforeseen(kind: string, error: unknown): void;
}

/** @throws Fault one sentence: a wrong value, a journal in use, a port that is taken */
export async function startService(settings: Settings, world: World): Promise<Service> {
  const { clock, log } = world;
  const catalogue = openCatalogue(settings);
  let openedDesk: Desk | undefined;
  const modelOf = (file: string) =>
    catalogue.models.find(({ files }) => files?.checkpoint === file)?.entry.name ?? path.basename(file);
  const house = openHouse({
    catalogue,
    devices: () =>
      (openedDesk?.devices() ?? []).map(({ device, resident }) =>
        resident === undefined ? { device } : { device, model: modelOf(resident) },
      ),
    styles: readStyles(settings.stylesFile),
    stabilityLicenseAccepted: settings.stabilityLicenseAccepted,
    checkWords: openWordCheck(settings),
    ...world,
  });
  const dataDir = openDataFolder(settings.dataDir);
  const journal = new Journal(path.join(dataDir, 'journal.db'), clock);
  const store = new PictureStore(path.join(dataDir, 'pictures'));
  const devices = (await chooseDevices(settings.devices, 'DEVICES')).map((name) => ({
    name,
    renderer: new WarmRenderer(world.openWorker(name, path.join(dataDir, 'graphs')), clock, () =>
      warmUpRequest(house),
    ),
  }));
  const metrics = openMetrics();
  const observe = (one: Observation) => {
    metrics.observe(one);
    logObservation(log, one);
  };
  const disk = diskOf(dataDir, { clock, observe });
  const limits: LimitSettings = {
    waiting: settings.maxWaiting,
    waitingOfPerson: settings.maxWaitingPerPerson,
    personRate: settings.personRate,
    channelRate: settings.channelRate,
    ...world.limits,
  };
  const desk = new Desk({
    journal,
    store,
    disk,
    devices,
    ...world,
    resolve: resolveWith(house),
    limits,
    observe,
  });

  openedDesk = desk;
  tellModel(
    log,
    house,
    devices.map(({ name }) => name),
  );
  const chats = openChats(settings, { ...world, desk, house, store });
  let stopping = false;
  const conditions: Condition[] = [
    anyDevice(devices),
    { problem: () => disk.problem()?.message },
    ...chats,
    { problem: () => (stopping ? 'the service is being stopped' : undefined) },
  ];
  const readyDevices = () => devices.filter(({ renderer }) => renderer.isReady).map(({ name }) => name);
  const health: Health = {
    readiness: () => readinessOf(conditions),
    readyDevices,
    metricsType: metrics.contentType,
    metrics: () =>
      metrics.text({
        jobsByState: () => journal.countByState(),
        devices: () => desk.devices(),
        readyDevices,
      }),
  };
  const web = openWeb({
    desk,
    clock,
    log,
    health,
    ...(settings.apiToken === undefined ? {} : { token: settings.apiToken }),
    secret: readPageSecret(dataDir, world.randomBytes),
    randomBytes: world.randomBytes,
    trustedProxies: settings.trustedProxies ?? [],
    limits,
    house,
    examples: examplesFor(house.models),
    runCommand: commandRunner({ desk, house }),
    modelOf,
    readPicture: (file) => store.read(file),
  });

  try {
    const address = await web.listen(settings.host, settings.port);
    await desk.start({ crashed: takeCrashMark(dataDir) });
    desk.connect(web.surface);
    web.begin();
    for (const chat of chats) chat.start();
    for (const { renderer } of devices) void renderer.keepWarm();
    return {
      address,
      unforeseen: (kind, cause) => observe({ type: 'unforeseen', kind, cause }),
      async drain() {
        stopping = true;
        for (const chat of chats) chat.stop();
        await desk.drain();
        await Promise.all([web.close(), ...chats.map((chat) => chat.close())]);
      },
      async end() {
        stopping = true;
        await Promise.all([desk.close(), web.close(), ...chats.map((chat) => chat.close())]);
      },
    };
  } catch (error) {
    await desk.close();
    throw error;
  }
}

/** Which model draws where nobody names one: from what file, of what type, on which devices. */
function tellModel(log: Log, { models }: House, devices: readonly string[]): void {
  const first = models.find(({ usable }) => usable);
  if (first === undefined) return;
  const { name, file, type } = first;
  log.info('model', {
    model: name,
    file: file ?? 'built in',
    type: type ?? 'F16',
    devices: devices.join(', '),
  });
}

/** The least that makes a worker load the model which is used where nobody names one. */
function warmUpRequest(house: House): PictureRequest | undefined {
  if (!house.models.some(({ usable }) => usable)) return undefined;
  const { name, files, defaults } = house.chooseModel(undefined, 'model');
  const { sampler, scheduler, shift } = defaults;
  const least = { width: 64, height: 64, seed: 0, steps: 1, cfg: 1, count: 1, previews: false };
  const words = { prompt: 'warm up', negative: '' };
  return {
    id: 'warm-up',
    model: { name, files },
    ...words,
    ...least,
    sampler,
    scheduler,
    shift,
    keepTensors: false,
  };
}
