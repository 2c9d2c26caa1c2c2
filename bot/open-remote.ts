/** `ROLE=bot`: the devices of workers on other machines become ours. Loaded only there. */
import type { ClusterSettings } from '../config/cluster-settings.ts';
import { namesIn } from './devices/remote/names.ts';
import type { RemoteDevice } from './devices/remote/remote-device.ts';
import { RemoteWorkers } from './devices/remote/remote-workers.ts';
import { openSeal } from './devices/remote/seal.ts';
import { openWire } from './devices/remote/wire.ts';
import { type OpenedDevice, warmedElsewhere } from './open-devices.ts';
import type { Log } from './ops/log.ts';
import type { Clock } from './time/clock.ts';

export interface RemoteDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly newId: () => string;
}

export interface Remote {
  start(): void;
  /** Why no worker can be reached; undefined while all is well. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/** @param onDevice is told of each device once, however often its worker goes and comes back */
export async function openRemote(
  { redisUrl, key, queueName }: ClusterSettings,
  { clock, log, randomBytes, newId }: RemoteDependencies,
  onDevice: (device: OpenedDevice) => void,
): Promise<Remote> {
  const wire = openWire({
    url: redisUrl,
    clock,
    log: (problem) => log.warn('Redis cannot be reached', { problem }),
  });
  const workers = new RemoteWorkers({
    wire,
    seal: openSeal(key, randomBytes),
    names: namesIn(queueName),
    clock,
    instance: newId(),
    newId,
    onDevice: (device) => onDevice({ name: device.name, renderer: device, warmth: warmthOf(device) }),
    log: (sentence, worker) => log.warn('worker', { worker, sentence }),
  });
  return {
    start: () => workers.start(),
    problem: () => workers.problem(),
    async close() {
      workers.close();
      await wire.close();
    },
  };
}

/** Its own machine warms it up. */
function warmthOf(device: RemoteDevice): OpenedDevice['warmth'] {
  return warmedElsewhere({
    get isReady() {
      return device.isReachable && device.isReady;
    },
    get reason() {
      return device.reason;
    },
  });
}
