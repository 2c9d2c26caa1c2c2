/**
 * Gives a worker its model before anybody asks, and again after it died, so that the first picture does not wait for
 * loading and "ready" means ready.
 */
import type { ChosenModel } from '../../commands/read-imagine.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { backoff } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { Renderer, Warmth } from './device.ts';

/** Milliseconds between a worker's death and warming up another; doubled with each failure in a row. */
const REST = { first: 1_000, longest: 60_000 };
/** Milliseconds between two looks at whether the worker still lives. */
const LOOK = 5_000;

/** The least that makes a worker load a model. */
export function warmUpWith({ name, files, defaults }: ChosenModel): PictureRequest {
  const { sampler, scheduler, shift } = defaults;
  const least = { width: 64, height: 64, seed: 0, steps: 1, cfg: 1, count: 1, previews: false };
  return {
    id: 'warm-up',
    model: { name, files },
    prompt: 'warm up',
    negative: '',
    ...least,
    sampler,
    scheduler,
    shift,
    keepTensors: false,
  };
}

export class KeepWarm implements Warmth {
  private readonly renderer: Renderer;
  private readonly clock: Clock;
  /** The smallest request that loads the model; undefined where no model can be used. */
  private readonly warmUp: () => PictureRequest | undefined;
  private warming: Promise<void> = Promise.resolve();
  private busy = 0;
  private failures = 0;
  private closed = false;
  private loaded: number | undefined;
  /** Why the last warm-up failed: one sentence. */
  private problem: string | undefined;

  constructor(renderer: Renderer, clock: Clock, warmUp: () => PictureRequest | undefined) {
    this.renderer = renderer;
    this.clock = clock;
    this.warmUp = warmUp;
  }

  /** The living worker has rendered something, and so holds a model. */
  get isReady(): boolean {
    return this.loaded !== undefined && this.loaded === this.renderer.pid;
  }

  /** Why it is not ready. */
  get reason(): string {
    return this.problem ?? 'the model is being loaded';
  }

  /** Loads the model, unless something is being rendered. Never rejects. */
  private warm(): Promise<void> {
    if (this.closed || this.busy > 0 || this.isReady) return Promise.resolve();
    this.warming = this.warming.then(() => this.load());
    return this.warming;
  }

  async enter(): Promise<void> {
    this.busy++;
    await this.warming;
  }

  leave(succeeded: boolean): void {
    this.busy--;
    if (succeeded) this.succeed();
    if (this.renderer.pid === undefined) this.warmLater();
  }

  /** The service ends: nothing is loaded any more. */
  close(): void {
    this.closed = true;
  }

  /** Loads the model now, and again whenever the worker has died. Resolves after the first attempt. */
  async start(): Promise<void> {
    await this.warm();
    this.lookLater();
  }

  private lookLater(): void {
    if (this.closed) return;
    this.clock.after(LOOK, () => {
      if (this.renderer.pid === undefined && this.problem === undefined) void this.warm();
      this.lookLater();
    });
  }

  private async load(): Promise<void> {
    if (this.closed || this.isReady) return;
    try {
      const request = this.warmUp();
      if (request === undefined) {
        this.problem = 'no model is installed';
        return;
      }
      await this.renderer.render(request, () => {});
      this.succeed();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.warmLater();
    }
  }

  private succeed(): void {
    this.loaded = this.renderer.pid;
    this.problem = undefined;
    this.failures = 0;
  }

  private warmLater(): void {
    if (this.closed) return;
    const rest = backoff(REST, ++this.failures);
    this.clock.after(rest, () => void this.warm());
  }
}
