/**
 * A ComfyUI server that runs already, as a device: the request goes out as a workflow, progress and previews come back
 * over its websocket, the picture from its history. The server is shared with people who use it by hand: only prompts of
 * ours are looked at and cancelled. A prompt's id is made from the job's, so that after a crash of ours it is found again.
 */
import { createHash } from 'node:crypto';
import { Fault } from '../../../config/faults.ts';
import { encodePicture } from '../../../pipeline/image/picture.ts';
import { pictureName } from '../../../pipeline/image/picture-name.ts';
import type { RenderEvent } from '../../../pipeline/messages.ts';
import type { PictureRequest, PictureResult } from '../../../pipeline/request.ts';
import type { PlainGraph } from '../../../pipeline/workflow/graph.ts';
import type { Clock } from '../../time/clock.ts';
import type { Renderer } from '../device.ts';
import type { ComfyHttp } from './http.ts';
import { Listener } from './listen.ts';
import { pixelsOf } from './pixels.ts';
import { type PromptState, Prompts, type ServerImage } from './prompts.ts';
import type { ServerWatch } from './server-watch.ts';
import { openComfySocket } from './socket.ts';
import { serverWorkflow } from './workflow.ts';

/** Milliseconds between two looks at a prompt; its end is heard of at once while the socket lives. */
const LOOK = 2_000;
/** Milliseconds without any answer after which the server counts as gone. */
const GONE = 8_000;
/** Folder of uploads among the server's temporary files, which it empties when it starts. */
const FOLDER = 'darkroom';
/** How often a prompt of the same job that ended badly is passed over. */
const PROMPTS_OF_JOB = 8;

export interface ComfyUiOptions {
  /** `comfyui:1` */
  readonly device: string;
  readonly address: string;
  readonly http: ComfyHttp;
  readonly watch: ServerWatch;
  readonly clock: Clock;
  /** The server's own words about failures. */
  readonly log: (line: string) => void;
}

export class ComfyUi implements Renderer {
  private readonly options: ComfyUiOptions;
  private readonly prompts: Prompts;
  /** Ends what is being rendered. */
  private end: ((why: 'killed' | 'closed') => void) | undefined;
  private closed = false;

  constructor(options: ComfyUiOptions) {
    this.options = options;
    this.prompts = new Prompts(options.http);
    options.watch.whenReached(this.prompts);
  }

  get offer() {
    return this.options.watch;
  }

  /** @throws Fault `comfyui.*`, `cancelled`, and `worker.crashed` or `worker.memory` where it may be tried again */
  async render(
    request: PictureRequest,
    progress: (event: RenderEvent) => void,
    signal?: AbortSignal,
  ): Promise<PictureResult> {
    const { address, clock } = this.options;
    if (this.closed) throw new Fault('cancelled', {});
    const client = promptId(request.id, 0);
    const following = { id: '', listener: undefined as Listener | undefined, nudge: () => {} };
    let ended: 'killed' | 'closed' | undefined;
    this.end = (why) => {
      ended ??= why;
      following.nudge();
    };
    const wake = () => following.nudge();
    signal?.addEventListener('abort', wake, { once: true });
    const socket = openComfySocket(address, client, clock, {
      onEvent(event) {
        if (event.data.prompt_id !== following.id) return;
        following.listener?.hear(event);
        if (event.type.startsWith('execution_') || (event.type === 'executing' && event.data.node === null))
          following.nudge();
      },
      onPreview: (bytes) => following.listener?.see(bytes),
    });
    try {
      const prompt = await this.prepare(request);
      following.listener = new Listener(prompt, clock, progress);
      await socket.tried;
      const onId = (id: string) => {
        following.id = id;
      };
      const begun = await this.trying(() => this.begin(request, client, prompt, onId));
      const isOver = () => ended ?? (signal?.aborted ? 'cancelled' : undefined);
      const done = await this.outcome(begun, following, isOver, progress);
      const pictures = await this.fetch(done.images, request);
      // Nobody's words and pictures stay in the lists of others for longer than needed.
      await this.prompts.forget(begun).catch(() => {});
      return { pictures, timings: following.listener.timings(done.ms, request.steps) };
    } finally {
      following.listener?.end();
      socket.close();
      signal?.removeEventListener('abort', wake);
      this.end = undefined;
    }
  }

  kill(): void {
    this.end?.('killed');
  }

  /** What runs there goes on: the next start finds it again. */
  async close(): Promise<void> {
    this.closed = true;
    this.end?.('closed');
  }

  /** The workflow, once its pictures are there. */
  private async prepare(request: PictureRequest): Promise<PlainGraph> {
    const { init, control } = request;
    const uploaded = new Map<string, string>();
    const upload = async (name: string, bytes: Uint8Array) => {
      await this.trying(() =>
        this.options.http.upload(bytes, name, { type: 'temp', subfolder: FOLDER, overwrite: 'true' }),
      );
      uploaded.set(name, `${FOLDER}/${name} [temp]`);
    };
    if (init) await upload(pictureName('start', init.image), init.image);
    if (init?.mask) await upload(pictureName('mask', init.mask), init.mask);
    if (control) await upload(pictureName('control', control.image), control.image);
    const { listed } = this.options.watch;
    if (listed === undefined) throw this.crashed('it does not answer');
    return serverWorkflow(request, listed, uploaded);
  }

  /**
   * Hands the prompt in, unless it is there already from before a crash.
   * @param onId is told its id before the server says anything of it, if the server lets us choose it
   */
  private async begin(
    request: PictureRequest,
    client: string,
    prompt: PlainGraph,
    onId: (id: string) => void,
  ): Promise<string> {
    for (let n = 0; n < PROMPTS_OF_JOB; n++) {
      const id = promptId(request.id, n);
      onId(id);
      const { at } = await this.prompts.look(id);
      if (at === 'failed' || at === 'interrupted') continue;
      if (at !== 'nowhere') return id;
      const added = await this.prompts.add(id, client, prompt, request.previews);
      if ('id' in added) {
        onId(added.id);
        return added.id;
      }
      this.options.log(`refused: ${added.refused}`);
      throw new Fault('comfyui.refused', this.named());
    }
    throw new Fault('comfyui.failed', this.named());
  }

  private async outcome(
    id: string,
    following: { nudge: () => void },
    isOver: () => 'killed' | 'closed' | 'cancelled' | undefined,
    progress: (event: RenderEvent) => void,
  ): Promise<Extract<PromptState, { at: 'done' }>> {
    const { clock, watch } = this.options;
    let answered = clock.monotonic();
    for (;;) {
      const over = isOver();
      if (over === 'closed') throw new Fault('cancelled', {});
      if (over !== undefined) {
        await this.prompts.cancel(id).catch(() => watch.cancelLater(id));
        throw over === 'killed' ? this.crashed('it was silent for too long') : new Fault('cancelled', {});
      }
      const state = await this.prompts.look(id).catch(() => undefined);
      if (state !== undefined) answered = clock.monotonic();
      else if (clock.monotonic() - answered >= GONE) {
        watch.cancelLater(id);
        watch.lose();
        throw this.crashed('it does not answer any more');
      }
      switch (state?.at) {
        case 'done':
          return state;
        case 'nowhere':
          throw this.crashed('it was started anew');
        case 'interrupted':
          throw new Fault('comfyui.interrupted', this.named());
        case 'failed':
          this.options.log(`failed: ${state.reason}`);
          throw state.outOfMemory
            ? new Fault('worker.memory', this.named())
            : new Fault('comfyui.failed', this.named());
        case 'waiting':
          // Behind other people's prompts: that is no silence.
          progress({ type: 'loading' });
      }
      await new Promise<void>((resolve) => {
        const stop = clock.after(LOOK, resolve);
        following.nudge = () => {
          stop();
          resolve();
        };
        // What happened while it was looked at.
        if (isOver() !== over) following.nudge();
      });
      following.nudge = () => {};
    }
  }

  /** Its pictures, of the size that was asked for, written anew with our own words on them. */
  private async fetch(images: readonly ServerImage[], request: PictureRequest): Promise<Uint8Array[]> {
    const { width, height } = request.upscale ?? request;
    if (images.length !== request.count) throw this.wrong(`${images.length} pictures`);
    const area = width * height;
    return Promise.all(
      images.map(async ({ filename, subfolder, type }, index) => {
        const query = new URLSearchParams({ filename, subfolder, type });
        const bytes = await this.trying(() => this.options.http.bytes(`/view?${query}`, 4 * area + 2 ** 20));
        const pixels = await pixelsOf(bytes, area).catch((error: Error) => {
          this.options.log(`a picture that cannot be read: ${error.message}`);
          throw this.wrong('something that is no such picture');
        });
        if (pixels.width !== width || pixels.height !== height)
          throw this.wrong(`a picture of ${pixels.width}x${pixels.height}`);
        return encodePicture(pixels, request, index);
      }),
    );
  }

  /** What fails without a fault of its own failed on the way. */
  private async trying<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Fault) throw error;
      this.options.watch.lose();
      throw this.crashed(error instanceof Error ? error.message : 'it failed');
    }
  }

  private named() {
    return { device: this.options.device };
  }

  private crashed(cause: string): Fault {
    return new Fault('worker.crashed', { ...this.named(), cause: cause.slice(0, 200) });
  }

  private wrong(what: string): Fault {
    return new Fault('comfyui.answer', { ...this.named(), what });
  }
}

/** A UUID from what is known again after a crash. @param n of the prompts of one job, from 0 */
function promptId(job: string, n: number): string {
  const hex = createHash('sha256').update(`${job} ${n}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
