/**
 * A worker that is given its model before anybody asks, and again after it died, so that the first picture does not
 * wait for loading and "ready" means ready. Everything else goes through to the worker.
 */
import type { RenderEvent } from '../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../pipeline/request.ts';
import { backoff } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';
import type { Renderer } from './device.ts';

/** Milliseconds between a worker's death and warming up another; doubled with each failure in a row. */
const REST = { first: 1_000, longest: 60_000 };
/** Milliseconds between two looks at whether the worker still lives. */
const LOOK = 5_000;

export class WarmRenderer implements Renderer {
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

  get pid(): number | undefined {
    return this.renderer.pid;
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

  async render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult> {
    this.busy++;
    try {
      await this.warming;
      const result = await this.renderer.render(request, progress, signal);
      this.succeed();
      return result;
    } finally {
      this.busy--;
      if (this.renderer.pid === undefined) this.warmLater();
    }
  }

  kill(): void {
    this.renderer.kill();
  }

  close(): Promise<void> {
    this.closed = true;
    return this.renderer.close();
  }

  /** Loads the model now, and again whenever the worker has died. Resolves after the first attempt. */
  async keepWarm(): Promise<void> {
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
