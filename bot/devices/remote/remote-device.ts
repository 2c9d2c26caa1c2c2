/** One device of a worker on another machine, as the runner sees every device. */
import { Fault } from '../../../config/faults.ts';
import type { RenderEvent } from '../../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../../pipeline/request.ts';
import type { Holding } from '../../../pipeline/runtime/holdings.ts';
import type { SentRequest } from '../../../pipeline/sent-request.ts';
import type { Renderer } from '../device.ts';
import {
  elsewhere,
  nameElsewhere,
  type Offer,
  type OfferedFiles,
  type OfferedModel,
  type Wanted,
} from '../elsewhere.ts';
import { sha256Of, startAsSent } from '../send-request.ts';
import type { OfferedByWorker, ShelvedFile, ToldDevice } from './protocol.ts';

/** What a device needs of the other side. */
export interface Line {
  /** A new name for one try at a request. */
  newAttempt(request: string): string;
  /** Where a picture is found under its hash. @throws Error where it cannot be put there */
  putPicture(sha256: string, bytes: Uint8Array): Promise<void>;
  /** Hands a try to the device's queue. */
  hand(device: RemoteDevice, attempt: string, request: SentRequest): Promise<void>;
  tell(type: 'cancel' | 'kill', attempt: string): void;
}

/** A worker as it said last that it is. */
export interface RemoteWorker {
  readonly instance: string;
  readonly models: readonly OfferedByWorker[];
  /** By what they are called here. */
  readonly offered: readonly OfferedModel[];
  readonly loras: readonly ShelvedFile[];
  readonly controls: readonly ShelvedFile[];
  /** Of all that it offers: changes when it can draw what it could not before, or no longer. */
  readonly offer: string;
}

interface Pending {
  readonly attempt: string;
  readonly request: PictureRequest;
  readonly progress: (event: RenderEvent) => void;
  readonly resolve: (result: PictureResult) => void;
  readonly reject: (fault: Fault) => void;
  /** Signs of life of its worker in a row that did not name it. */
  unmentioned: number;
  isCancelled: boolean;
}

/** So many, and the worker has lost it: its queue was lost with Redis, say. */
const LOST = 4;

export class RemoteDevice implements Renderer, Offer {
  /** `worker/cuda:0` */
  readonly name: string;
  /** What its own machine calls it. */
  readonly there: string;
  /** Undefined while it is out of reach. */
  worker: RemoteWorker | undefined;
  isReady = false;
  reason = 'the worker is out of reach';
  holding: Holding | undefined;
  models: readonly OfferedModel[] = [];
  files: OfferedFiles = { loras: [], controls: [] };
  private readonly line: Line;
  private readonly listeners: (() => void)[] = [];
  private pending: Pending | undefined;
  private isLeaving = false;
  private closed = false;

  constructor(name: string, there: string, line: Line) {
    this.name = name;
    this.there = there;
    this.line = line;
  }

  get offer(): Offer {
    return this;
  }

  get isReachable(): boolean {
    return this.worker !== undefined && !this.isLeaving;
  }

  /** People's own workflows do not travel yet. */
  draws({ model, loras = [], control, workflow }: Wanted): boolean {
    if (workflow !== undefined) return false;
    const has = (names: readonly string[], path: string) => names.includes(nameElsewhere(path) ?? '');
    return (
      this.models.some(
        ({ entry, files }) => entry.name === model.name && files.checkpoint === model.files.checkpoint,
      ) &&
      loras.every(({ file }) => has(this.files.loras, file)) &&
      (control === undefined || has(this.files.controls, control.file))
    );
  }

  subscribe(changed: () => void): void {
    this.listeners.push(changed);
  }

  /** @throws Fault the worker's own; `worker.away` where it is out of reach; `cancelled` */
  async render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult> {
    const { worker, line } = this;
    if (this.closed || signal?.aborted) throw new Fault('cancelled', {});
    if (worker === undefined) throw this.away();
    const attempt = line.newAttempt(request.id);
    const ended = new Promise<PictureResult>((resolve, reject) => {
      this.pending = { attempt, request, progress, resolve, reject, unmentioned: 0, isCancelled: false };
    });
    const cancel = () => this.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      // Whichever comes first: it may vanish while it is handed the request.
      await Promise.race([ended, this.hand(worker, attempt, request)]);
      return await ended;
    } finally {
      ended.catch(() => {});
      this.pending = undefined;
      signal?.removeEventListener('abort', cancel);
    }
  }

  kill(): void {
    if (this.pending === undefined) return;
    this.line.tell('kill', this.pending.attempt);
    this.pending.reject(new Fault('worker.crashed', { device: this.name, cause: 'silence' }));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.pending === undefined) return;
    this.line.tell('kill', this.pending.attempt);
    this.pending.reject(new Fault('cancelled', {}));
  }

  /** Its worker gave a sign of life. */
  hear(
    worker: RemoteWorker,
    isLeaving: boolean,
    { ready, reason, holding }: ToldDevice,
    attempts: ReadonlySet<string>,
  ): void {
    this.isLeaving = isLeaving;
    const isNew = worker.instance !== this.worker?.instance;
    const isOther = worker.offer !== this.worker?.offer;
    if (isNew) this.pending?.reject(this.away());
    this.worker = worker;
    this.models = worker.offered;
    const named = (files: readonly ShelvedFile[]) => files.map(({ name }) => name);
    this.files = { loras: named(worker.loras), controls: named(worker.controls) };
    this.isReady = ready;
    this.reason = reason;
    this.holding = holding;
    if (isNew || isOther) this.changed();
    const { pending } = this;
    if (isNew || pending === undefined) return;
    if (pending.isCancelled) this.line.tell('cancel', pending.attempt);
    pending.unmentioned = attempts.has(pending.attempt) ? 0 : pending.unmentioned + 1;
    if (pending.unmentioned >= LOST) pending.reject(this.away());
  }

  /** Its worker is gone, or cannot be worked with. */
  lose(reason: string): void {
    if (this.worker === undefined && this.reason === reason) return;
    this.worker = undefined;
    this.isReady = false;
    this.holding = undefined;
    this.reason = reason;
    this.pending?.reject(this.away());
    this.changed();
  }

  /** The try that is under way. */
  get attempt(): { readonly id: string; readonly request: PictureRequest } | undefined {
    return this.pending && { id: this.pending.attempt, request: this.pending.request };
  }

  progress(attempt: string, event: RenderEvent): void {
    if (this.pending?.attempt === attempt) this.pending.progress(event);
  }

  end(attempt: string, result: PictureResult | Fault): void {
    if (this.pending?.attempt !== attempt) return;
    if (result instanceof Fault) this.pending.reject(result);
    else this.pending.resolve(result);
  }

  private cancel(): void {
    if (this.pending === undefined) return;
    // Said again with each sign of life, until it has ended.
    this.pending.isCancelled = true;
    this.line.tell('cancel', this.pending.attempt);
  }

  private async hand(worker: RemoteWorker, attempt: string, request: PictureRequest): Promise<void> {
    try {
      await this.line.hand(this, attempt, await this.readyToSend(worker, request));
    } catch {
      throw this.away();
    }
  }

  /** Its pictures are put where the worker finds them; models go by name, and by what tells their files. */
  private async readyToSend(worker: RemoteWorker, request: PictureRequest): Promise<SentRequest> {
    const { model, init, loras, control, workflow: _, ...numbers } = request;
    const put = async (bytes: Uint8Array) => {
      const sha256 = sha256Of(bytes);
      await this.line.putPicture(sha256, bytes);
      return sha256;
    };
    const digest = worker.models.find(
      ({ name, file }) => name === model.name && elsewhere(file) === model.files.checkpoint,
    )?.digest;
    return {
      ...numbers,
      model: { name: model.name, ...(digest !== undefined && { digest }) },
      ...(init && { init: await startAsSent(init, put) }),
      ...(loras && {
        loras: loras.map(({ file, strength }) => ({ file: asSent(worker.loras, file), strength })),
      }),
      ...(control && {
        control: {
          ...control,
          file: asSent(worker.controls, control.file),
          image: await put(control.image),
        },
      }),
    };
  }

  private away(): Fault {
    return new Fault('worker.away', { device: this.name });
  }

  private changed(): void {
    for (const changed of this.listeners) changed();
  }
}

/** @throws Error where the worker has it no more */
function asSent(files: readonly ShelvedFile[], path: string): ShelvedFile {
  const found = files.find(({ name }) => name === nameElsewhere(path));
  if (found === undefined) throw new Error(`the worker has no ${path} any more`);
  return found;
}
