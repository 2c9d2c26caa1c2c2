/**
 * Passes of the network that are left out where they would say nearly what the last ones said: ComfyUI's `EasyCache`
 * (`comfy_extras/nodes_easycache.py`). From how much the network's output changed for a change of its input it guesses how
 * much it would change now; as long as these guesses add up to less than a threshold, the last difference between
 * output and input is put on the new input instead. The first and the last part of the schedule are run in full.
 */
import type { FloatTensor } from '../float-tensor.ts';
import type { Pass } from './guidance.ts';

export interface StepCacheOptions {
  /** Relative change of the output that may add up before a step is run again. */
  readonly threshold: number;
  /** Steps at sigmas above `high` are run; at and below `low` as well, and nothing is remembered there. */
  readonly low: number;
  readonly high: number;
}

/** The change is measured on every eighth latent pixel in both directions. */
const EVERY = 8;

interface Seen {
  readonly input: Float32Array;
  readonly output: Float32Array;
  /** Mean magnitude of the whole output. */
  readonly magnitude: number;
}

export class StepCache<C> {
  private readonly options: StepCacheOptions;
  private readonly areAlike: (a: C, b: C) => boolean;
  /** Output less input of the last pass that was run, by conditioning. */
  private readonly differences = new Map<C, Float32Array>();
  /** The conditioning whose pass is watched. */
  private watched: C | undefined;
  private last: Seen | undefined;
  /** How much the output changes for a change of the input. */
  private rate: number | undefined;
  /** What has added up since a step was run. */
  private change = 0;

  /** @param areAlike conditionings of one shape, which ComfyUI runs as one batch: the last of them is watched */
  constructor(options: StepCacheOptions, areAlike: (a: C, b: C) => boolean) {
    this.options = options;
    this.areAlike = areAlike;
  }

  /**
   * Velocities of the passes in their order, each run or guessed. Passes with layers left out are always run.
   * @param run one pass. @returns new arrays, or those of `run`
   */
  async velocities(
    passes: readonly Pass<C>[],
    sigma: number,
    run: (pass: Pass<C>) => Promise<Float32Array>,
  ): Promise<Float32Array[]> {
    const { low, high, threshold } = this.options;
    const found = new Map<Pass<C>, Float32Array>();
    let isReusing = false;
    for (const batch of sigma > low ? this.batchesOf(passes) : []) {
      const input = sigma <= high ? this.inputOf(batch) : undefined;
      const change = input && this.last && meanDistance(input, this.last.input);
      if (change !== undefined && this.rate !== undefined && this.last !== undefined) {
        this.change += (this.rate * change) / this.last.magnitude;
        isReusing = this.change < threshold && this.knowsAll(batch);
        if (!isReusing) this.change = 0;
      }
      if (isReusing && this.knowsAll(batch)) {
        for (const pass of batch)
          found.set(pass, plus(pass.x.data, this.differences.get(pass.conditioning)!));
        continue;
      }
      for (const pass of batch) found.set(pass, await run(pass));
      if (input !== undefined) this.remember(batch, found, input, change);
      for (const pass of batch) this.differences.set(pass.conditioning, minus(found.get(pass)!, pass.x.data));
    }
    const velocities: Float32Array[] = [];
    for (const pass of passes) velocities.push(found.get(pass) ?? (await run(pass)));
    return velocities;
  }

  /** Passes that ComfyUI would run together, in its order. */
  private batchesOf(passes: readonly Pass<C>[]): Pass<C>[][] {
    const batches: Pass<C>[][] = [];
    for (const pass of passes.filter(isPlain)) {
      const batch = batches.find(([first]) => this.runTogether(first!, pass));
      if (batch) batch.push(pass);
      else batches.push([pass]);
    }
    return batches;
  }

  private runTogether(a: Pass<C>, b: Pass<C>): boolean {
    return String(a.x.shape) === String(b.x.shape) && this.areAlike(a.conditioning, b.conditioning);
  }

  private knowsAll(batch: readonly Pass<C>[]): boolean {
    return batch.every(({ conditioning }) => this.differences.has(conditioning));
  }

  /** Samples of what the watched pass is given; undefined in a batch that is not watched. */
  private inputOf(batch: readonly Pass<C>[]): Float32Array | undefined {
    this.watched ??= batch.at(-1)!.conditioning;
    const pass = batch.find(({ conditioning }) => conditioning === this.watched);
    return pass && samplesOf(pass.x);
  }

  private remember(
    batch: readonly Pass<C>[],
    found: ReadonlyMap<Pass<C>, Float32Array>,
    input: Float32Array,
    change: number | undefined,
  ): void {
    const watched = batch.find(({ conditioning }) => conditioning === this.watched)!;
    const output = samplesOf({ data: found.get(watched)!, shape: watched.x.shape });
    if (change !== undefined) this.rate = meanDistance(output, this.last!.output) / change;
    const magnitudes = batch.map((pass) => meanMagnitude(found.get(pass)!));
    const magnitude = magnitudes.reduce((sum, one) => sum + one, 0) / magnitudes.length;
    this.last = { input, output, magnitude };
  }
}

function isPlain({ skipped }: Pass<unknown>): boolean {
  return skipped.length === 0;
}

function samplesOf({ data, shape }: FloatTensor): Float32Array {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const [rows, columns] = [Math.ceil(height / EVERY), Math.ceil(width / EVERY)];
  const samples = new Float32Array(batch * channels * rows * columns);
  let at = 0;
  for (let plane = 0; plane < batch * channels; plane++)
    for (let y = 0; y < height; y += EVERY)
      for (let x = 0; x < width; x += EVERY) samples[at++] = data[(plane * height + y) * width + x]!;
  return samples;
}

function meanDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function meanMagnitude(values: Float32Array): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
}

const plus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]!);
const minus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - b[i]!);
