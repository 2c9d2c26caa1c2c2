/** A bot's side and a worker's side over a real Redis, in one process; the worker's device only pretends to draw. */
import { randomBytes, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { Device } from '../../../../bot/devices/device.ts';
import { namesIn } from '../../../../bot/devices/remote/names.ts';
import type { OfferedByWorker, ShelvedFile } from '../../../../bot/devices/remote/protocol.ts';
import type { RemoteDevice } from '../../../../bot/devices/remote/remote-device.ts';
import { RemoteWorkers } from '../../../../bot/devices/remote/remote-workers.ts';
import { openSeal } from '../../../../bot/devices/remote/seal.ts';
import { Serving } from '../../../../bot/devices/remote/serve.ts';
import { openWire } from '../../../../bot/devices/remote/wire.ts';
import { type Clock, systemClock } from '../../../../bot/time/clock.ts';
import type { PictureRequest } from '../../../../pipeline/request.ts';
import { FileDigests } from '../../../../pipeline/weights/file-digest.ts';
import { PlainRenderer } from '../../../farm/plain-renderer.ts';
import { aRequest } from '../../jobs/a-job.ts';
import type { RedisProcess } from './redis-process.ts';

export const KEY = 'a key that is long enough';

/** Digests are the names of models: no file is read. */
class NoFiles extends FileDigests {
  override ofModel(files: { readonly checkpoint: string }): Promise<string> {
    return Promise.resolve(files.checkpoint);
  }
}

export const MODEL: OfferedByWorker = {
  name: 'large',
  title: 'Large',
  role: 'final',
  licence: 'own',
  embedded: false,
  defaults: { steps: 4, cfg: 1, sampler: 'euler', scheduler: 'simple', shift: 3, width: 64, height: 64 },
  file: 'large.safetensors',
  digest: 'large.safetensors',
  maxSide: 1024,
  depth: 4,
};

export interface BotSide {
  readonly devices: RemoteDevice[];
  readonly logged: string[];
  close(): Promise<void>;
}

interface BotOptions {
  readonly key?: string;
  readonly queueName?: string;
  readonly onDevice?: (device: RemoteDevice) => void;
  readonly onForgotten?: (device: RemoteDevice) => void;
  readonly clock?: Clock;
}

export function openBotSide(
  redis: RedisProcess,
  {
    key = KEY,
    queueName = 'darkroom',
    onDevice = () => {},
    onForgotten = () => {},
    clock = systemClock,
  }: BotOptions = {},
): BotSide {
  const wire = openWire({ url: redis.url, clock: systemClock, log: () => {} });
  const devices: RemoteDevice[] = [];
  const logged: string[] = [];
  const workers = new RemoteWorkers({
    wire,
    seal: openSeal(key, randomBytes),
    names: namesIn(queueName),
    clock,
    instance: randomUUID(),
    since: systemClock.now(),
    newId: randomUUID,
    onDevice(device) {
      devices.push(device);
      onDevice(device);
    },
    onForgotten,
    log: (sentence) => logged.push(sentence),
  });
  const close = async () => {
    workers.close();
    await wire.close();
  };
  onTestFinished(close);
  workers.start();
  return { devices, logged, close };
}

export const NOTHING: Record<'loras' | 'controls', readonly ShelvedFile[]> = { loras: [], controls: [] };

export function openWorkerSide(
  redis: RedisProcess,
  {
    key = KEY,
    queueName = 'darkroom',
    worker = 'gpu-1',
    stepTime = 5,
    renderer = new PlainRenderer(stepTime),
    folder = '',
    shelved = NOTHING,
  } = {},
) {
  const wire = openWire({ url: redis.url, clock: systemClock, log: () => {} });
  const has = { folder, shelved };
  const logged: string[] = [];
  const warmth = { isReady: true, reason: '', enter: async () => {}, leave() {}, close() {} };
  const serving = new Serving({
    wire,
    seal: openSeal(key, randomBytes),
    names: namesIn(queueName),
    clock: systemClock,
    worker,
    instance: randomUUID(),
    devices: [{ name: 'cuda:0', renderer, warmth }],
    models: async () => [MODEL],
    shelved: async () => has.shelved,
    filesOf: () => ({ files: { checkpoint: MODEL.file, tokenizers: '' } }),
    find: (_, name) => `${has.folder}/${name}.safetensors`,
    digests: new NoFiles(),
    newId: randomUUID,
    log: (sentence) => logged.push(sentence),
  });
  serving.start();
  /** As after the end of its machine: nothing is said. */
  const vanish = () => wire.close();
  onTestFinished(vanish);
  /** From its next sign of life on it has these files, in this folder. */
  const shelve = (to: string, files: typeof shelved) => Object.assign(has, { folder: to, shelved: files });
  return { serving, renderer, logged, vanish, shelve };
}

export function aRemoteRequest(change: Partial<PictureRequest> = {}): PictureRequest {
  const files = { checkpoint: `elsewhere/${MODEL.file}`, tokenizers: '' };
  return aRequest({
    id: randomUUID(),
    model: { name: MODEL.name, files },
    ...{ width: 32, height: 16, steps: 4, seed: 9, count: 1 },
    ...change,
  });
}

/** As the runner has it. */
export const asDevice = (device: RemoteDevice) => new Device(device.name, device, systemClock);
