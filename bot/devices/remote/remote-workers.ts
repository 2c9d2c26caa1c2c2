/** The workers on other machines, as the bot sees them come and go; each of their devices is a device of the bot. */
import { Fault, type FaultCode, type FaultData } from '../../../config/faults.ts';
import { MODELS, type ModelEntry } from '../../../config/models.ts';
import { PROGRAM } from '../../../config/program.ts';
import { isPng, sizeOf } from '../../../pipeline/image/png.ts';
import type { PictureRequest, PictureResult } from '../../../pipeline/request.ts';
import type { Clock } from '../../time/clock.ts';
import { elsewhere, type OfferedModel } from '../elsewhere.ts';
import type { Names } from './names.ts';
import {
  BEAT,
  type FromBot,
  type FromWorker,
  fromBot,
  fromWorker,
  GONE,
  MESSAGE_BYTES,
  type OfferedByWorker,
  type Outcome,
  outcome,
  PICTURE_BYTES,
  PICTURE_KEPT,
  PROTOCOL,
  pack,
  type Task,
} from './protocol.ts';
import { readSealed } from './read-sealed.ts';
import { RemoteDevice } from './remote-device.ts';
import type { Seal } from './seal.ts';
import type { Wire } from './wire.ts';

export interface RemoteWorkersOptions {
  readonly wire: Wire;
  readonly seal: Seal;
  readonly names: Names;
  readonly clock: Clock;
  /** Of this start of the bot. */
  readonly instance: string;
  /** Of two bots the one with the greater number has the workers (`lease.ts`). */
  readonly since: number;
  readonly newId: () => string;
  /** A device that was not known before. */
  readonly onDevice: (device: RemoteDevice) => void;
  /** A device whose worker has been away for hours: it is new should it come back. */
  readonly onForgotten: (device: RemoteDevice) => void;
  /** A sentence for the operator. */
  readonly log: (sentence: string, worker: string) => void;
}

interface Known {
  instance: string;
  heardAt: number;
  readonly devices: Map<string, RemoteDevice>;
}

type Hello = Extract<FromWorker, { type: 'hello' }>;

/** What an operator is told of two bots. */
const RIVAL = 'another bot with this QUEUE_NAME was started later, and has the workers';

/** Milliseconds of silence after which a worker is forgotten: names that change with each start would pile up. */
const FORGOTTEN = 3 * 60 * 60_000;

/** Devices of all workers that are taken in: what an attacker with the key could fill memory with. */
const MOST_DEVICES = 1000;

export class RemoteWorkers {
  private readonly options: RemoteWorkersOptions;
  private readonly workers = new Map<string, Known>();
  /** Starts of workers that another start of the same name has followed, or that were refused, and were told of. */
  private readonly passed = new Set<string>();
  private closed = false;
  /** When a bot that started later was heard of. */
  private rivalAt = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteWorkersOptions) {
    this.options = options;
  }

  /** Why no worker can be reached whatever they say; undefined while all is well. */
  problem(): string | undefined {
    if (this.hasRival) return RIVAL;
    return this.options.wire.isUp ? undefined : 'Redis does not answer';
  }

  start(): void {
    const { wire, seal, names } = this.options;
    wire.subscribe(names.fromWorkers, (bytes) => {
      if (bytes.length > MESSAGE_BYTES) return;
      const message = readSealed(seal, 'from-worker', bytes, fromWorker);
      if (message !== undefined) this.hear(message);
    });
    wire.subscribe(names.fromBot, (bytes) => {
      if (bytes.length > MESSAGE_BYTES) return;
      const message = readSealed(seal, 'from-bot', bytes, fromBot);
      if (message?.type === 'bot' && message.instance !== this.options.instance) this.yieldTo(message.since);
    });
    this.beat();
  }

  close(): void {
    this.closed = true;
  }

  private get hasRival(): boolean {
    return this.options.clock.monotonic() - this.rivalAt < GONE;
  }

  /** Two bots would stop each other's pictures: the one that started first lets go of the workers while the other lives. */
  private yieldTo(since: number): void {
    if (since <= this.options.since) return;
    if (!this.hasRival) this.options.log(RIVAL, '');
    this.rivalAt = this.options.clock.monotonic();
    for (const device of this.devices) device.lose(RIVAL);
  }

  private get devices(): RemoteDevice[] {
    return [...this.workers.values()].flatMap(({ devices }) => [...devices.values()]);
  }

  private beat(): void {
    const { clock, instance, since } = this.options;
    if (this.closed) return;
    this.say({ type: 'bot', protocol: PROTOCOL, version: PROGRAM.version, instance, since });
    for (const [worker, { heardAt, devices }] of this.workers) {
      const silence = clock.monotonic() - heardAt;
      if (silence < GONE) continue;
      for (const device of devices.values()) device.lose('the worker is out of reach');
      if (silence >= FORGOTTEN) this.forget(worker, devices);
    }
    clock.after(BEAT / 2, () => this.beat());
  }

  private forget(worker: string, devices: Known['devices']): void {
    this.workers.delete(worker);
    for (const device of devices.values()) this.options.onForgotten(device);
  }

  private say(message: FromBot): void {
    const { wire, seal, names } = this.options;
    void wire.publish(names.fromBot, seal.close('from-bot', pack(message)));
  }

  private hear(message: FromWorker): void {
    switch (message.type) {
      case 'hello':
        this.greet(message);
        break;
      case 'bye':
        for (const { instance, devices } of this.workers.values())
          if (instance === message.instance)
            for (const device of devices.values()) device.lose('the worker was stopped');
        break;
      case 'progress':
        for (const device of this.devices) device.progress(message.attempt, message.event);
        break;
      case 'ended':
        this.fetch(message.attempt).catch(() => {});
        break;
      default:
        message satisfies never;
    }
  }

  private greet(hello: Hello): void {
    const { clock, instance } = this.options;
    if (this.passed.has(hello.instance) || this.hasRival) return;
    if (hello.protocol !== PROTOCOL) {
      const known = this.workers.get(hello.worker);
      const reason = new Fault('worker.version', {
        worker: hello.worker,
        version: hello.version,
        own: PROGRAM.version,
      }).message;
      this.pass(hello.instance, reason, hello.worker);
      for (const device of known?.devices.values() ?? []) device.lose(reason);
      return;
    }
    const known = this.workers.get(hello.worker) ?? { instance: '', heardAt: 0, devices: new Map() };
    if (known.instance !== hello.instance && known.instance !== '') {
      const isAlive = clock.monotonic() - known.heardAt < BEAT;
      // The newer one counts; of two that live at once the other is not listened to any more.
      const sentence = isAlive ? 'another worker of this name has come: give each its own WORKER_NAME' : '';
      this.pass(known.instance, sentence, hello.worker);
    }
    known.instance = hello.instance;
    known.heardAt = clock.monotonic();
    this.workers.set(hello.worker, known);
    const attempts = new Set(hello.attempts);
    const worker = {
      instance: hello.instance,
      models: hello.models,
      offered: hello.models.map(offeredModel),
      loras: hello.loras,
      controls: hello.controls,
      // Once for all its devices.
      offer: JSON.stringify([hello.models, hello.loras, hello.controls]),
    };
    for (const told of hello.devices)
      this.deviceOf(hello.worker, known, told.name)?.hear(worker, hello.leaving, told, attempts);
    // It may have told of an end while nobody could hear it.
    for (const { attempt } of known.devices.values())
      if (attempt !== undefined && !attempts.has(attempt.id)) this.fetch(attempt.id).catch(() => {});
    // What nobody here waits for is stopped: of a try that was given up, or of a bot before this one.
    const own = new Set(this.devices.flatMap(({ attempt }) => attempt?.id ?? []));
    for (const attempt of attempts)
      if (!own.has(attempt) && instance !== '') this.say({ type: 'cancel', attempt });
  }

  private pass(instance: string, sentence: string, worker: string): void {
    if (this.passed.size > 10_000) this.passed.clear();
    this.passed.add(instance);
    if (sentence !== '') this.options.log(sentence, worker);
  }

  private deviceOf(worker: string, { devices }: Known, there: string): RemoteDevice | undefined {
    const before = devices.get(there);
    if (before !== undefined || this.devices.length >= MOST_DEVICES) return before;
    const { wire, seal, names, instance, since, newId, onDevice } = this.options;
    const device = new RemoteDevice(`${worker}/${there}`, there, {
      newAttempt: (request) => `${request}.${newId()}`,
      putPicture: (sha256, bytes) =>
        wire.put(names.picture(sha256), seal.close(`picture ${sha256}`, bytes), PICTURE_KEPT),
      hand: (to, attempt, request) => {
        const sides = { bot: instance, since, instance: to.worker?.instance ?? '' };
        const task = { ...sides, attempt, request } satisfies Task;
        const data = seal.close('task', pack(task)).toString('base64');
        return wire.add(names.tasks(worker, there), attempt, data);
      },
      tell: (type, attempt) => this.say({ type, attempt }),
    });
    devices.set(there, device);
    onDevice(device);
    return device;
  }

  /** Fetches the outcome of a try that somebody here waits for, if it is there. @throws Error where Redis is not */
  private async fetch(attempt: string): Promise<void> {
    const { wire, seal, names } = this.options;
    const device = this.devices.find((one) => one.attempt?.id === attempt);
    if (device?.attempt === undefined) return;
    const sealed = await wire.get(names.outcome(attempt), MESSAGE_BYTES);
    const told = sealed && readSealed(seal, `outcome ${attempt}`, sealed, outcome);
    if (told?.attempt !== attempt) return;
    const { request } = device.attempt ?? {};
    if (request === undefined) return;
    const ended =
      told.type === 'done'
        ? await this.resultOf(told, request, device.name)
        : new Fault(told.code, told.data as unknown as FaultData<FaultCode>);
    device.end(attempt, ended);
    const pictures = told.type === 'done' ? told.pictures.map((id) => names.picture(id)) : [];
    await wire.remove([names.outcome(attempt), ...pictures]);
  }

  /** The pictures, of the size that was asked for; `worker.away` where they were lost on their way. */
  private async resultOf(
    { pictures: ids, timings }: Done,
    request: PictureRequest,
    device: string,
  ): Promise<PictureResult | Fault> {
    const { wire, seal, names } = this.options;
    const { width, height } = request.upscale ?? request;
    const pictures: Uint8Array[] = [];
    for (const id of ids.slice(0, request.count)) {
      const sealed = await wire.get(names.picture(id), PICTURE_BYTES);
      const bytes = sealed && seal.open(`picture ${id}`, sealed);
      if (bytes === undefined) return new Fault('worker.away', { device });
      const size = isPng(bytes) ? sizeOf(bytes) : undefined;
      if (size?.width !== width || size.height !== height) return new Fault('pipeline.failed', {});
      pictures.push(bytes);
    }
    return pictures.length === request.count ? { pictures, timings } : new Fault('pipeline.failed', {});
  }
}

type Done = Extract<Outcome, { type: 'done' }>;

function offeredModel({
  name,
  title,
  role,
  licence,
  embedded,
  defaults,
  file,
  maxSide,
  depth,
}: OfferedByWorker): OfferedModel {
  const known = MODELS.find((entry) => entry.name === name);
  const own = { name, title, role, licence, embedded, defaults, files: { checkpoint: [file] } };
  const entry: ModelEntry = known?.embedded === embedded ? { ...known, ...own } : own;
  return { entry, files: { checkpoint: elsewhere(file), tokenizers: '' }, maxSide, depth };
}
