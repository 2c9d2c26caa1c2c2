/** The running service put together: journal, devices, commands, the studio page. Everything real is handed in. */
import path from 'node:path';
import type { Installation } from '../commands/installation.ts';
import { JOBS } from '../config/defaults.ts';
import type { Fault } from '../config/faults.ts';
import type { Settings } from '../config/settings.ts';
import { readStyles } from '../config/styles.ts';
import { readModelTable } from '../config/user-models.ts';
import type { PictureRequest } from '../pipeline/request.ts';
import type { Holding } from '../pipeline/runtime/holdings.ts';
import { openCatalogue, residentModel } from './catalogue.ts';
import { commandContexts } from './chat/command-context.ts';
import type { Refused } from './devices/choose-devices.ts';
import type { Renderer } from './devices/device.ts';
import { isElsewhere } from './devices/elsewhere.ts';
import { warmUpWith } from './devices/keep-warm.ts';
import { examplesFor } from './examples.ts';
import { openInstallation, resolveWith } from './installation.ts';
import type { DeviceStatus } from './jobs/device-status.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { LimitSettings } from './jobs/limits.ts';
import type { Observation } from './jobs/observation.ts';
import { openChats } from './open-chats.ts';
import { areAllElsewhere, type OpenedDevice, openDevices } from './open-devices.ts';
import { openJobs } from './open-jobs.ts';
import type { Remote } from './open-remote.ts';
import { anyDevice, type Condition, type Health, readinessOf } from './ops/health.ts';
import type { Log } from './ops/log.ts';
import { logObservation } from './ops/log-observation.ts';
import { openMetrics } from './ops/metrics.ts';
import { openWordCheck } from './safety/check-words.ts';
import type { Network } from './safety/network.ts';
import { Standby } from './standby.ts';
import { takeCrashMark } from './store/crash-mark.ts';
import { openDataFolder } from './store/data-folder.ts';
import { diskOf } from './store/disk.ts';
import { readPageSecret } from './store/page-secret.ts';
import { PictureStore } from './store/picture-store.ts';
import type { Clock } from './time/clock.ts';
import { openWeb } from './web/web.ts';

export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly network: Network;
  readonly randomBytes: (length: number) => Uint8Array;
  /** A whole number, 0 .. 2^53-1. */
  readonly randomSeed: () => number;
  readonly newId: () => string;
  /**
   * Starts a worker on the device.
   * @param cacheFolder for optimised graphs
   * @param budget bytes that models may take on the card, where that is known
   */
  readonly openWorker: (device: string, cacheFolder: string, budget: number | undefined) => Renderer;
  readonly limits?: Partial<LimitSettings>;
  /** Another bot may have taken over: ends the program at once, before it writes or sends anything more. */
  readonly replaced?: (fault: Fault) => void;
}

export interface Service {
  /** Where the studio page is. */
  readonly address: string;
  /** How it is when the first device has tried to load its model; absent where no device is here. */
  readonly warm?: Promise<ReturnType<Health['readiness']>>;
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
  const devices: OpenedDevice[] = [];
  const offered = () => devices.flatMap(({ renderer }) => renderer.offer?.models ?? []);
  const isBot = settings.cluster?.role === 'bot';
  const onlyElsewhere = isBot || areAllElsewhere(settings.devices);
  const catalogue = openCatalogue(settings, { offered, onlyElsewhere });
  let openedJobs: Jobs | undefined;
  let refused: readonly Refused[] = [];
  const modelOf = (file: string) => residentModel(catalogue, file);
  const installation = openInstallation({
    settings,
    catalogue,
    devices: () =>
      (openedJobs?.deviceStatus() ?? []).filter(isThere).map(({ device, resident, holding }) => {
        const memory = holding?.budget === undefined ? {} : { memory: memoryOf(holding) };
        if (resident === undefined) return { device, ...memory };
        const { name, from } = modelOf(resident);
        return { device, model: from === undefined ? name : `${name} (${from})`, ...memory };
      }),
    refusedDevices: () => refused,
    ...(onlyElsewhere && {
      filesElsewhere: () => devices.flatMap(({ renderer }) => renderer.offer?.files ?? []),
    }),
    styles: readStyles(settings.stylesFile),
    checkWords: openWordCheck(settings),
    ...world,
  });
  const dataDir = openDataFolder(settings.dataDir);
  const standby = new Standby(settings, world);
  let cluster: Remote | undefined;
  const journal = await standby.openJournal(dataDir, () => cluster?.mayWrite() ?? true);
  const secret = readPageSecret(dataDir, world.randomBytes);
  const store = new PictureStore(path.join(dataDir, 'pictures'));
  const opened = await openDevices(settings, {
    ...world,
    graphs: path.join(dataDir, 'graphs'),
    table: readModelTable(settings.modelsDir),
    warmUp: () => warmUpRequest(installation),
  });
  devices.push(...opened.devices);
  refused = opened.refused;
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
  const { jobs, budgets, connect, drain, close } = openJobs({
    journal,
    store,
    disk,
    devices,
    ...world,
    resolve: resolveWith(installation),
    limits,
    observe,
  });

  openedJobs = jobs;
  const traces =
    settings.tracesUrl === undefined
      ? undefined
      : (await import('./ops/traces.ts')).openTraces(settings.tracesUrl, { clock, log, events: jobs.events });
  if (settings.cluster !== undefined) {
    const { openRemote } = await import('./open-remote.ts');
    const { replaced = () => {} } = world;
    const waitsFor = (reason: string) => standby.waitsFor(reason);
    cluster = await openRemote(
      settings.cluster,
      { ...world, secret, waitsFor, replaced },
      (device) => {
        devices.push(device);
        jobs.addDevice(device);
      },
      (name) => {
        const at = devices.findIndex((one) => one.name === name);
        if (at >= 0) devices.splice(at, 1);
        jobs.removeDevice(name);
      },
    );
  }
  const chats = openChats(settings, { ...world, jobs, budgets, connect, installation, store, journal });
  let stopping = false;
  const conditions: Condition[] = [
    anyDevice(devices),
    { problem: () => disk.problem()?.message },
    { problem: () => cluster?.problem() },
    ...chats,
    { problem: () => (stopping ? 'the service is being stopped' : undefined) },
  ];
  const readyDevices = () => devices.filter(({ warmth }) => warmth.isReady).map(({ name }) => name);
  const health: Health = {
    readiness: () => readinessOf(conditions),
    readyDevices,
    metricsType: metrics.contentType,
    metrics: () =>
      metrics.text({
        jobsByState: () => journal.records.countByState(),
        devices: () => jobs.deviceStatus(),
        readyDevices,
      }),
  };
  const web = openWeb({
    jobs,
    preferences: journal.preferences,
    clock,
    log,
    health,
    ...(settings.apiToken === undefined ? {} : { token: settings.apiToken }),
    secret,
    randomBytes: world.randomBytes,
    trustedProxies: settings.trustedProxies ?? [],
    limits,
    alone: chats.length === 0 && isAlone(settings),
    installation,
    examples: examplesFor(installation.models),
    contextOf: commandContexts({ jobs, installation, preferences: journal.preferences }),
    modelOf,
    readPicture: (file) => store.read(file),
  });

  try {
    await standby.end();
    const address = await web.listen(settings.host, settings.port);
    for (const { device, reason } of refused) log.info('device not used', { device, reason });
    tellModel(
      log,
      installation,
      devices.map(({ name }) => name),
    );
    await jobs.start({ crashed: takeCrashMark(dataDir) });
    connect(web.surface);
    web.begin();
    for (const chat of chats) chat.start();
    const warming = devices.map(({ warmth }) => warmth.start());
    cluster?.start();
    return {
      address,
      ...(warming.length === 0 ? {} : { warm: Promise.race(warming).then(() => health.readiness()) }),
      unforeseen: (kind, cause) => observe({ type: 'unforeseen', kind, cause }),
      async drain() {
        stopping = true;
        for (const chat of chats) chat.stop();
        await drain();
        await cluster?.close();
        await Promise.all([web.close(), traces?.close(), ...chats.map((chat) => chat.close())]);
      },
      async end() {
        stopping = true;
        await Promise.all([close(), cluster?.close(), web.close(), ...chats.map((chat) => chat.close())]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The limit is for people who share the cards; an operator who has set another number means it. */
function isAlone({ apiToken, cluster, trustedProxies, maxWaitingPerPerson }: Settings): boolean {
  const others = [apiToken, cluster, trustedProxies];
  return others.every((one) => one === undefined) && maxWaitingPerPerson === JOBS.waitingOfPerson;
}

/** Whoever asks what is here is not told of machines that are gone. */
function isThere({ state }: DeviceStatus): boolean {
  return state !== 'away';
}

/** Bytes that are held on a card, and that may be. */
function memoryOf({ parts, budget = 0 }: Holding) {
  return { held: parts.reduce((sum, { bytes }) => sum + bytes, 0), budget };
}

/** Which model draws where nobody names one: from what file, of what type, on which devices. */
function tellModel(log: Log, { models }: Installation, devices: readonly string[]): void {
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

/** Loads the model which is used where nobody names one. */
function warmUpRequest(installation: Installation): PictureRequest | undefined {
  if (!installation.models.some(({ usable }) => usable)) return undefined;
  const first = installation.chooseModel(undefined, 'model');
  return warmUpWith(isElsewhere(first.files.checkpoint) ? installation.chooseModel('nano', 'model') : first);
}
