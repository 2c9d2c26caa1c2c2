/** A worker's side: takes what a bot hands to its devices, tells how far it is, and says now and then that it lives. */
import { Fault } from '../../../config/faults.ts';
import { PROGRAM } from '../../../config/program.ts';
import type { RenderEvent } from '../../../pipeline/messages.ts';
import { receiveRequest } from '../../../pipeline/receive-request.ts';
import type { ModelFiles, PictureRequest } from '../../../pipeline/request.ts';
import type { FileDigests } from '../../../pipeline/weights/file-digest.ts';
import type { Clock } from '../../time/clock.ts';
import type { Renderer, Warmth } from '../device.ts';
import type { Names } from './names.ts';
import {
  BEAT,
  type FromBot,
  type FromWorker,
  fromBot,
  GONE,
  MESSAGE_BYTES,
  type OfferedByWorker,
  type Outcome,
  PICTURE_BYTES,
  PICTURE_KEPT,
  PROTOCOL,
  pack,
  type ShelvedFile,
  type Task,
  task,
} from './protocol.ts';
import { readSealed } from './read-sealed.ts';
import type { Seal } from './seal.ts';
import type { Wire } from './wire.ts';

export interface ServedDevice {
  readonly name: string;
  readonly renderer: Renderer;
  readonly warmth: Warmth & { readonly isReady: boolean; readonly reason: string };
}

export interface ServeOptions {
  readonly wire: Wire;
  readonly seal: Seal;
  readonly names: Names;
  readonly clock: Clock;
  /** What the worker is called. */
  readonly worker: string;
  /** Of this start. */
  readonly instance: string;
  readonly devices: readonly ServedDevice[];
  readonly models: () => Promise<readonly OfferedByWorker[]>;
  /** LoRA files and ControlNets. */
  readonly shelved: () => Promise<Record<'loras' | 'controls', readonly ShelvedFile[]>>;
  /** Where a model lies here, and the LoRA files that are part of it. @throws Fault models.* */
  readonly filesOf: (model: string) => {
    readonly files: ModelFiles;
    readonly loras?: PictureRequest['loras'];
  };
  /** Where one of the shelved files lies. @throws Fault `lora.unknown`, `control.unknown` */
  readonly find: (kind: 'loras' | 'controls', name: string) => string;
  readonly digests: FileDigests;
  readonly newId: () => string;
  /** A sentence for the operator. */
  readonly log: (sentence: string) => void;
}

/** @throws as the work does */
async function rendered<T>(work: () => Promise<T>, warmth: Warmth): Promise<T> {
  let succeeded = false;
  await warmth.enter();
  try {
    const result = await work();
    succeeded = true;
    return result;
  } finally {
    warmth.leave(succeeded);
  }
}

interface Running {
  readonly device: string;
  readonly control: AbortController;
  readonly renderer: Renderer;
  readonly bot: string;
}

export class Serving {
  private readonly options: ServeOptions;
  private readonly running = new Map<string, Running>();
  private consumers: { close(): Promise<void> }[] = [];
  /** The start of the bot that was heard last. */
  private bot: string | undefined;
  private botSince = 0;
  private heardAt = Number.NEGATIVE_INFINITY;
  private refused: string | undefined;
  /** Nothing new is taken any more. */
  private leaving = false;
  private closed = false;

  constructor(options: ServeOptions) {
    this.options = options;
  }

  /** Why nothing comes from a bot; undefined while all is well. */
  problem(): string | undefined {
    const { wire, clock } = this.options;
    if (!wire.isUp) return 'Redis does not answer';
    if (this.refused !== undefined) return this.refused;
    return clock.monotonic() - this.heardAt < GONE ? undefined : 'no bot has been heard of';
  }

  isBusy(device: string): boolean {
    return [...this.running.values()].some((one) => one.device === device);
  }

  start(): void {
    const { wire, seal, names, worker, devices } = this.options;
    wire.subscribe(names.fromBot, (bytes) => {
      if (bytes.length > MESSAGE_BYTES) return;
      const message = readSealed(seal, 'from-bot', bytes, fromBot);
      if (message === undefined) return;
      if (message.type === 'bot') this.meet(message);
      else this.stop(message.attempt, message.type);
    });
    this.consumers = devices.map((device) =>
      wire.consume(names.tasks(worker, device.name), 1, async (data) => {
        const taken = readSealed(seal, 'task', Buffer.from(data, 'base64'), task);
        // What was meant for an earlier start of either side is waited for by nobody.
        if (taken === undefined || taken.instance !== this.options.instance || this.closed) return;
        if (!this.follow(taken.bot, taken.since)) return;
        await this.work(device, taken);
      }),
    );
    void this.beat();
  }

  /** Nothing new is taken; what runs may finish. Resolves when nothing runs. */
  async finish(): Promise<void> {
    this.leaving = true;
    await this.hello().catch(() => {});
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
  }

  /** Says so, and stops what runs: the bot has it drawn elsewhere. Resolves once it is said. */
  async close(): Promise<void> {
    this.closed = true;
    await this.say({ type: 'bye', instance: this.options.instance });
    for (const { control } of this.running.values()) control.abort();
  }

  private say(message: FromWorker): Promise<void> {
    const { wire, seal, names } = this.options;
    return wire.publish(names.fromWorkers, seal.close('from-worker', pack(message)));
  }

  private async beat(): Promise<void> {
    const { clock } = this.options;
    if (this.closed) return;
    await this.hello().catch(() => {});
    clock.after(BEAT, () => void this.beat());
  }

  private async hello(): Promise<void> {
    const { worker, instance, devices, models, shelved } = this.options;
    const { loras, controls } = await shelved();
    await this.say({
      type: 'hello',
      protocol: PROTOCOL,
      version: PROGRAM.version,
      instance,
      worker,
      leaving: this.leaving,
      devices: devices.map(({ name, warmth: { isReady, reason }, renderer: { holding } }) => ({
        name,
        ready: isReady,
        reason: isReady ? '' : reason.slice(0, 1000),
        ...(holding === undefined ? {} : { holding: { ...holding, parts: holding.parts.slice(0, 64) } }),
      })),
      models: [...(await models())],
      loras: [...loras],
      controls: [...controls],
      attempts: [...this.running.keys()],
    });
  }

  private meet({ protocol, version, instance, since }: Extract<FromBot, { type: 'bot' }>): void {
    const { worker, log } = this.options;
    if (protocol !== PROTOCOL) {
      const fault = new Fault('worker.version', { worker, version: PROGRAM.version, own: version });
      if (this.refused === undefined) log(fault.message);
      this.refused = fault.message;
      return;
    }
    this.refused = undefined;
    this.follow(instance, since);
  }

  /** Of two bots the one that started later is followed, until it has been silent for long. @returns whether it is this one */
  private follow(instance: string, since: number): boolean {
    const now = this.options.clock.monotonic();
    if (instance !== this.bot && since < this.botSince && now - this.heardAt < GONE) return false;
    this.heardAt = now;
    this.botSince = since;
    if (instance === this.bot) return true;
    this.bot = instance;
    for (const { bot, control } of this.running.values()) if (bot !== instance) control.abort();
    // A bot that has just started need not wait to learn who is there.
    void this.hello().catch(() => {});
    return true;
  }

  private stop(attempt: string, how: 'cancel' | 'kill'): void {
    const running = this.running.get(attempt);
    running?.control.abort();
    if (how === 'kill') running?.renderer.kill();
  }

  private async work(
    { name, renderer, warmth }: ServedDevice,
    { attempt, bot, request }: Task,
  ): Promise<void> {
    const { wire, seal, names, filesOf, find, digests } = this.options;
    const control = new AbortController();
    this.running.set(attempt, { device: name, control, renderer, bot });
    try {
      const fetch = async (sha256: string) => {
        const sealed = await wire.get(names.picture(sha256), PICTURE_BYTES);
        return sealed && seal.open(`picture ${sha256}`, sealed);
      };
      const { files: model, loras: own = [] } = filesOf(request.model.name);
      // By the digest that was told: whether it is that file still is looked at as it is received.
      const files: Record<string, string> = {};
      for (const { file } of request.loras ?? []) files[file.digest] = find('loras', file.name);
      if (request.control) files[request.control.file.digest] = find('controls', request.control.file.name);
      const here = { models: { [request.model.name]: model }, files };
      const received = await receiveRequest(request, { device: name, here, digests, fetch });
      const loras = [...own, ...(received.loras ?? [])];
      const whole = loras.length === 0 ? received : { ...received, loras };
      const tell = this.teller(attempt);
      const { pictures, timings } = await rendered(
        () => renderer.render(whole, tell, control.signal),
        warmth,
      );
      const ids = await Promise.all(pictures.map((bytes) => this.put(bytes)));
      await this.tellEnd({ type: 'done', attempt, pictures: ids, timings });
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('pipeline.failed', {}, error);
      await this.tellEnd({
        type: 'failed',
        attempt,
        code: fault.code,
        data: fault.data as Record<string, unknown>,
      });
    } finally {
      this.running.delete(attempt);
    }
  }

  /** Waits for Redis for as long as it takes; who does not hear that it is there, looks for it (`RemoteWorkers.greet`). */
  private async tellEnd(told: Outcome): Promise<void> {
    const { wire, seal, names } = this.options;
    const { attempt } = told;
    const sealed = seal.close(`outcome ${attempt}`, pack(told));
    await wire.put(names.outcome(attempt), sealed, PICTURE_KEPT).catch(() => {});
    await this.say({ type: 'ended', attempt });
  }

  private async put(bytes: Uint8Array): Promise<string> {
    const { wire, seal, names, newId } = this.options;
    const id = newId();
    await wire.put(names.picture(id), seal.close(`picture ${id}`, bytes), PICTURE_KEPT);
    return id;
  }

  /** Of events that come faster than they can be told, the newest matters. */
  private teller(attempt: string): (event: RenderEvent) => void {
    let next: RenderEvent | undefined;
    let isTelling = false;
    const tell = async () => {
      isTelling = true;
      while (next !== undefined && this.running.has(attempt)) {
        const event = next;
        next = undefined;
        await this.say({ type: 'progress', attempt, event });
      }
      isTelling = false;
    };
    return (event) => {
      next = event;
      if (!isTelling) void tell();
    };
  }
}
