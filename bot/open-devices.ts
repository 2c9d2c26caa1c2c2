/** The devices of the service, of this machine and of others, each with what says whether it is ready. */
import type { ModelEntry } from '../config/models.ts';
import { comfyuiAddress, devicesHere, type Settings } from '../config/settings.ts';
import type { PictureRequest } from '../pipeline/request.ts';
import { budgetOf } from './devices/card-memory.ts';
import { chooseDevices, type Refused } from './devices/choose-devices.ts';
import type { Renderer, Warmth } from './devices/device.ts';
import { KeepWarm } from './devices/keep-warm.ts';
import type { Log } from './ops/log.ts';
import type { Network } from './safety/network.ts';
import { atMost, type Clock } from './time/clock.ts';

export interface OpenedDevice {
  readonly name: string;
  readonly renderer: Renderer;
  readonly warmth: Warmth & {
    readonly isReady: boolean;
    /** Why it is not. */
    readonly reason: string;
    start(): Promise<void>;
  };
}

export interface DeviceDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly network: Network;
  readonly openWorker: (device: string, cacheFolder: string, budget: number | undefined) => Renderer;
  /** Folder of optimised graphs. */
  readonly graphs: string;
  /** Every model that is known by name. */
  readonly table: readonly ModelEntry[];
  /** The smallest request that loads the model of this machine which is used where nobody names one. */
  readonly warmUp: () => PictureRequest | undefined;
}

/** Of a device that another machine warms up as it likes: nothing is rendered for it. */
export function warmedElsewhere(
  there: { readonly isReady: boolean; readonly reason: string },
  close: () => void = () => {},
): OpenedDevice['warmth'] {
  return {
    async enter() {},
    leave() {},
    close,
    async start() {},
    get isReady() {
      return there.isReady;
    },
    get reason() {
      return there.reason;
    },
  };
}

/** Milliseconds for which a start waits for a ComfyUI to say which models it has. */
const FIRST_LOOK = 3_000;

/** Whether DEVICES names none of this machine. */
export function areAllElsewhere(devices: Settings['devices']): boolean {
  return devices !== 'auto' && devices.every((name) => comfyuiAddress(name) !== undefined);
}

/** In the order of DEVICES: this machine's, then ComfyUI servers as `comfyui:1`, `comfyui:2`. @throws Fault `device.unusable` */
export async function openDevices(
  settings: Settings,
  dependencies: DeviceDependencies,
): Promise<{ devices: OpenedDevice[]; refused: readonly Refused[] }> {
  const { clock, openWorker, graphs, warmUp } = dependencies;
  const here =
    settings.cluster?.role === 'bot' || areAllElsewhere(settings.devices)
      ? { devices: [], refused: [] }
      : await chooseDevices(devicesHere(settings.devices), 'DEVICES');
  const local = here.devices.map(async (name): Promise<OpenedDevice> => {
    const renderer = openWorker(name, graphs, await budgetOf(name, settings.gpuMemory));
    return { name, renderer, warmth: new KeepWarm(renderer, clock, warmUp) };
  });
  const names = settings.devices === 'auto' ? [] : settings.devices;
  const addresses = names.flatMap((name) => comfyuiAddress(name) ?? []);
  const servers = addresses.map((address, i) => openServer(`comfyui:${i + 1}`, address, dependencies));
  return { devices: await Promise.all([...local, ...servers]), refused: here.refused };
}

/** Its name does not tell the address: people in a chat are shown it. */
async function openServer(
  name: string,
  address: string,
  { clock, log, network, table }: DeviceDependencies,
): Promise<OpenedDevice> {
  const { ComfyUi, openComfyHttp, ServerWatch } = await import('./devices/comfyui/index.ts');
  const http = openComfyHttp(address, network.fetch, clock);
  const watch = new ServerWatch(http, table, clock);
  const says = (text: string) => log.warn('ComfyUI says', { device: name, text });
  const renderer = new ComfyUi({ device: name, address, http, watch, clock, log: says });
  log.info('ComfyUI', { device: name, address });
  await atMost(clock, FIRST_LOOK, watch.start());
  return { name, renderer, warmth: warmedElsewhere(watch, () => watch.close()) };
}
