/** What a server says while it makes one picture, as the events of a worker; and how long each part took. */
import type { RenderEvent } from '../../../pipeline/messages.ts';
import type { Timings } from '../../../pipeline/request.ts';
import type { PlainGraph } from '../../../pipeline/workflow/graph.ts';
import type { Clock } from '../../time/clock.ts';
import type { ServerEvent } from './events.ts';
import { pixelsOf } from './pixels.ts';

type Phase = 'loading' | 'encoding' | 'sampling' | 'decoding';

/** Which part of the work a node is; the others are over in no time. */
const PHASES: Readonly<Record<string, Phase>> = {
  CheckpointLoaderSimple: 'loading',
  UNETLoader: 'loading',
  DualCLIPLoader: 'loading',
  TripleCLIPLoader: 'loading',
  VAELoader: 'loading',
  LoraLoader: 'loading',
  ControlNetLoader: 'loading',
  CLIPTextEncode: 'encoding',
  VAEEncode: 'encoding',
  KSampler: 'sampling',
  VAEDecode: 'decoding',
};

/** Steps of one sampling that are believed. */
const MOST_STEPS = 20_000;
/** Pixels and bytes of a preview: servers scale them down to 512 a side unless told otherwise. */
const PREVIEW_PIXELS = 2048 * 2048;
const PREVIEW_BYTES = 4 * 1024 * 1024;

export class Listener {
  private readonly prompt: PlainGraph;
  private readonly clock: Clock;
  private readonly progress: (event: RenderEvent) => void;
  private readonly times: Record<Phase, number> = { loading: 0, encoding: 0, sampling: 0, decoding: 0 };
  private readonly steps: number[] = [];
  private phase: Phase | undefined;
  private since = 0;
  private began: number | undefined;
  private lastStep: Extract<RenderEvent, { type: 'step' }> | undefined;
  private lastAt = 0;
  private preview: Buffer | undefined;
  private isDecoding = false;
  private isOver = false;

  constructor(prompt: PlainGraph, clock: Clock, progress: (event: RenderEvent) => void) {
    this.prompt = prompt;
    this.clock = clock;
    this.progress = progress;
  }

  /** Events of this prompt. */
  hear(event: ServerEvent): void {
    if (this.isOver) return;
    if (event.type === 'executing' && event.data.node !== null) this.enter(event.data.node);
    if (event.type === 'progress') this.step(event.data);
  }

  /** Shows the newest; those that come while one is decoded are passed over. */
  see(bytes: Buffer): void {
    if (this.isOver || this.lastStep === undefined || bytes.length > PREVIEW_BYTES) return;
    this.preview = bytes;
    if (!this.isDecoding) void this.decode();
  }

  /** Nothing is told any more. */
  end(): void {
    this.isOver = true;
  }

  /**
   * @param ms from the beginning to the end as the server measured it; undefined where it did not say
   * @param steps of the request, for where the socket was lost and none was heard of
   */
  timings(ms: number | undefined, steps: number): Timings {
    const now = this.clock.monotonic();
    this.pass(now);
    const total_ms = Math.max(ms ?? (this.began === undefined ? 0 : now - this.began), 1);
    const heard = this.steps.length > 0;
    const step_ms = heard ? this.steps : Array.from({ length: steps }, () => total_ms / steps);
    return {
      load_ms: this.times.loading,
      encode_ms: this.times.encoding,
      sample_ms: heard ? this.times.sampling : total_ms,
      step_ms,
      decode_ms: this.times.decoding,
      total_ms,
    };
  }

  private enter(node: string): void {
    const phase = PHASES[this.prompt[node]?.class_type ?? ''];
    const now = this.clock.monotonic();
    this.began ??= now;
    if (phase === undefined) return;
    if (phase === 'sampling') this.lastAt = now;
    if (phase === this.phase) return;
    this.pass(now);
    this.phase = phase;
    if (phase !== 'sampling') this.progress({ type: phase });
  }

  private pass(now: number): void {
    if (this.phase !== undefined) this.times[this.phase] += now - this.since;
    this.since = now;
  }

  private step({ value, max, node }: Extract<ServerEvent, { type: 'progress' }>['data']): void {
    if (this.prompt[node]?.class_type !== 'KSampler') return;
    if (!Number.isInteger(value) || !Number.isInteger(max) || value < 1 || value > max || max > MOST_STEPS)
      return;
    const now = this.clock.monotonic();
    const ms = Math.max(0, now - this.lastAt);
    this.lastAt = now;
    if (this.steps.length < MOST_STEPS) this.steps.push(ms);
    this.lastStep = { type: 'step', index: value, total: max, sigma: 0, ms };
    this.progress(this.lastStep);
  }

  private async decode(): Promise<void> {
    this.isDecoding = true;
    while (this.preview !== undefined && !this.isOver) {
      const bytes = this.preview;
      this.preview = undefined;
      // A preview that is none is missed by nobody.
      const preview = await pixelsOf(bytes, PREVIEW_PIXELS).catch(() => undefined);
      if (preview !== undefined && this.lastStep !== undefined && !this.isOver)
        this.progress({ ...this.lastStep, preview });
    }
    this.isDecoding = false;
  }
}
