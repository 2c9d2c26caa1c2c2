/** One device: a queue of one in front of its worker, what it holds, and whether it needs a rest. */
import PQueue from 'p-queue';
import { JOBS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import type { Holding } from '../../pipeline/runtime/holdings.ts';
import { backoff } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import { drawsHere, type Offer, type Wanted } from './elsewhere.ts';
import { watch } from './watchdog.ts';

/** What a device needs of a worker; `WorkerProcess` is the real one. */
export interface Renderer {
  /** The process id of the living worker, where it is a process. */
  readonly pid?: number | undefined;
  /** What it holds of its device's memory. */
  readonly holding?: Holding | undefined;
  /** What it says of itself where it is on another machine. */
  readonly offer?: Offer;
  render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult>;
  /** Ends a worker that hangs; the next request starts another. */
  kill(): void;
  close(): Promise<void>;
}

/** What gives a worker its model before anybody asks (`keep-warm.ts`). */
export interface Warmth {
  /** A request is about to be rendered. Resolves when nothing is being loaded any more. */
  enter(): Promise<void>;
  leave(succeeded: boolean): void;
  /** Nothing is loaded any more. */
  close(): void;
}

interface Told {
  readonly holding: Holding | undefined;
  readonly drawnWith: readonly string[];
  readonly held: readonly string[];
}

/** Models that fit into no card together. */
const REMEMBERED = 16;

export class Device {
  readonly device: string;
  /** When it is likely to be free again, on the clock that only goes forward. */
  freeAt = 0;
  /** Work on this device, one after the other. */
  readonly queue = new PQueue({ concurrency: 1 });
  /** The checkpoints that it rendered with, the latest first. */
  private drawnWith: readonly string[] = [];
  /** `held` as it was told last, and of what: it is asked for far more often than it changes. */
  private told: Told = { holding: undefined, drawnWith: this.drawnWith, held: [] };
  private readonly renderer: Renderer;
  private readonly clock: Clock;
  private readonly warmth: Warmth | undefined;
  private deaths = 0;
  private restsUntil = 0;

  constructor(device: string, renderer: Renderer, clock: Clock, warmth?: Warmth) {
    this.device = device;
    this.warmth = warmth;
    this.renderer = renderer;
    this.clock = clock;
  }

  /** The checkpoint it rendered with last, and so still holds. */
  get resident(): string | undefined {
    return this.drawnWith[0];
  }

  set resident(checkpoint: string | undefined) {
    const others = this.drawnWith.filter((one) => one !== checkpoint);
    this.drawnWith = checkpoint === undefined ? [] : [checkpoint, ...others].slice(0, REMEMBERED);
  }

  /** The checkpoints that it holds: of those it rendered with, as many as its worker says there are transformers. */
  get held(): readonly string[] {
    const { holding, drawnWith } = this;
    if (this.told.holding !== holding || this.told.drawnWith !== drawnWith) {
      const transformers = holding?.parts.filter(({ kind }) => kind === 'transformer').length ?? 0;
      this.told = { holding, drawnWith, held: drawnWith.slice(0, Math.max(1, transformers)) };
    }
    return this.told.held;
  }

  get pid(): number | undefined {
    return this.renderer.pid;
  }

  get holding(): Holding | undefined {
    return this.renderer.holding;
  }

  get isBusy(): boolean {
    return this.queue.size + this.queue.pending > 0;
  }

  get isHere(): boolean {
    return this.renderer.offer === undefined;
  }

  /** False while it is on another machine that does not answer. */
  get isReachable(): boolean {
    return this.renderer.offer?.isReachable ?? true;
  }

  /** Whether it has what the picture needs; it may be out of reach at the moment. */
  draws(wanted: Wanted): boolean {
    return this.renderer.offer?.draws(wanted) ?? drawsHere(wanted);
  }

  /** Calls after each change of `isReachable` and `draws`; never for a device of this machine. */
  subscribe(changed: () => void): void {
    this.renderer.offer?.subscribe(changed);
  }

  /** Milliseconds for which it takes nothing new because its worker has died. */
  get rest(): number {
    return Math.max(0, this.restsUntil - this.clock.monotonic());
  }

  /**
   * Renders, and sees to it that the worker stirs.
   * @param silence milliseconds without any event after which the worker is taken to hang, and killed
   * @throws Fault the pipeline's, `worker.*`
   */
  async render(
    request: PictureRequest,
    silence: number,
    progress: (event: RenderEvent) => void,
    signal: AbortSignal | undefined,
  ): Promise<PictureResult> {
    let hung = false;
    let succeeded = false;
    const watchdog = watch(this.clock, silence, () => {
      hung = true;
      this.renderer.kill();
    });
    this.resident = request.model.files.checkpoint;
    try {
      const beating = (event: RenderEvent) => {
        watchdog.beat();
        progress(event);
      };
      if (this.warmth !== undefined) await this.warmth.enter();
      const result = await this.renderer.render(request, beating, signal);
      this.deaths = 0;
      succeeded = true;
      return result;
    } catch (error) {
      const fault = hung ? new Fault('worker.hung', this.describe(silence), error) : error;
      if (hasDied(fault)) this.takeRest();
      throw fault;
    } finally {
      watchdog.stop();
      this.warmth?.leave(succeeded);
    }
  }

  close(): Promise<void> {
    this.warmth?.close();
    return this.renderer.close();
  }

  private takeRest(): void {
    this.resident = undefined;
    this.restsUntil = this.clock.monotonic() + backoff(JOBS.rest, ++this.deaths);
  }

  private describe(silence: number) {
    return { device: this.device, silent_s: Math.round(silence / 1000) };
  }
}

/** The worker died in this: the request may be tried again. */
export function hasDied(error: unknown): error is Fault {
  const codes = ['worker.crashed', 'worker.memory', 'worker.files_changed', 'worker.hung'];
  return error instanceof Fault && codes.includes(error.code);
}
