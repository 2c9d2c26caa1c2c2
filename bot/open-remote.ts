/** `ROLE=bot`: the devices of workers on other machines become ours. Loaded only there. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClusterSettings } from '../config/cluster-settings.ts';
import type { Fault } from '../config/faults.ts';
import { takeLease } from './devices/remote/lease.ts';
import { namesIn } from './devices/remote/names.ts';
import type { RemoteDevice } from './devices/remote/remote-device.ts';
import { RemoteWorkers } from './devices/remote/remote-workers.ts';
import { openSeal } from './devices/remote/seal.ts';
import { openWire } from './devices/remote/wire.ts';
import { type OpenedDevice, warmedElsewhere } from './open-devices.ts';
import type { Log } from './ops/log.ts';
import type { Clock } from './time/clock.ts';

/** Milliseconds after which a Redis that does not answer is told of. */
const ANSWER = 3_000;

export interface RemoteDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly newId: () => string;
  /** Of the data folder, and of no other. */
  readonly secret: Uint8Array;
  /** Why the start waits: one sentence. */
  readonly waitsFor: (reason: string) => void;
  /** Another bot may have taken over: nothing more may be written or sent. */
  readonly replaced: (fault: Fault) => void;
}

export interface Remote {
  start(): void;
  /** False where another bot may have taken over. */
  mayWrite(): boolean;
  /** Why no worker can be reached; undefined while all is well. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/**
 * Resolves once no other bot has the queue.
 * @param onDevice is told of each device once, however often its worker goes and comes back
 * @param onForgotten is told the name of one that has been away for hours
 */
export async function openRemote(
  { redisUrl, key, queueName }: ClusterSettings,
  { clock, log, randomBytes, newId, secret, waitsFor, replaced }: RemoteDependencies,
  onDevice: (device: OpenedDevice) => void,
  onForgotten: (name: string) => void,
): Promise<Remote> {
  const wire = openWire({
    url: redisUrl,
    clock,
    log: (problem) => log.warn('Redis cannot be reached', { problem }),
  });
  const names = namesIn(queueName);
  const instance = newId();
  const stopTelling = clock.after(ANSWER, () => waitsFor('Redis does not answer'));
  const lease = await takeLease({
    ...{ wire, names, clock, instance, queueName },
    place: placeOf(secret),
    waiting() {
      stopTelling();
      waitsFor(`another bot has the queue "${queueName}"; this one takes over when that one is gone`);
    },
    lost: replaced,
  });
  stopTelling();
  const workers = new RemoteWorkers({
    ...{ wire, names, clock, instance, newId },
    since: lease.token,
    seal: openSeal(key, randomBytes),
    onDevice: (device) => onDevice({ name: device.name, renderer: device, warmth: warmthOf(device) }),
    onForgotten: ({ name }) => onForgotten(name),
    log: (sentence, worker) => log.warn('worker', { worker, sentence }),
  });
  return {
    start: () => workers.start(),
    mayWrite: () => lease.mayWrite(),
    problem: () => workers.problem(),
    async close() {
      workers.close();
      await lease.close();
      await wire.close();
    },
  };
}

/** A name for the data folder on this machine, from which its secret cannot be told. */
function placeOf(secret: Uint8Array): string {
  return createHash('sha256').update('place').update(secret).update(hostname()).digest('hex').slice(0, 32);
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
