/**
 * Passes of the network that are left out where they would say nearly what the last ones said: ComfyUI's `EasyCache`
 * (`comfy_extras/nodes_easycache.py`). From how much the network's output changed for a change of its input it guesses how
 * much it would change now; as long as these guesses add up to less than a threshold, the last difference between
 * output and input is put on the new input instead. The first and the last part of the schedule are run in full.
 */
import type { FloatTensor } from '../float-tensor.ts';
import { combine } from './combine.ts';
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

/** Passes that are run together, with the one that is watched among them. */
interface Batch<C> {
  readonly watched: Pass<C>;
  readonly passes: readonly Pass<C>[];
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
   * What the network would say to the passes of one call, in their order; undefined for what is to be run. Passes with layers
   * left out are always run.
   */
  guess(passes: readonly Pass<C>[], sigma: number): readonly (Float32Array | undefined)[] {
    const batch = this.watchedBatch(passes, sigma);
    const isReused = batch !== undefined && this.changesLittle(batch);
    return passes.map((pass) => {
      const difference = isReused ? this.differenceOf(pass) : undefined;
      return difference && combine([1, pass.x.data], [1, difference]);
    });
  }

  /** To be told what came of the same call. @param guessed of its passes @param velocities of all of them */
  learn(
    passes: readonly Pass<C>[],
    sigma: number,
    guessed: readonly (Float32Array | undefined)[],
    velocities: readonly Float32Array[],
  ): void {
    if (!(sigma > this.options.low)) return;
    const run = new Map(passes.flatMap((pass, i) => (guessed[i] ? [] : [[pass, velocities[i]!] as const])));
    for (const [pass, velocity] of run) {
      if (isPlain(pass)) this.differences.set(pass.conditioning, combine([1, velocity], [-1, pass.x.data]));
    }
    const batch = this.watchedBatch([...run.keys()], sigma);
    if (batch === undefined) return;
    const { x } = batch.watched;
    const input = samplesOf(x);
    const output = samplesOf({ data: run.get(batch.watched)!, shape: x.shape });
    if (this.last !== undefined) {
      this.rate = meanDistance(output, this.last.output) / meanDistance(input, this.last.input);
    }
    const magnitudes = batch.passes.map((pass) => meanMagnitude(run.get(pass)!));
    const magnitude = magnitudes.reduce((sum, one) => sum + one, 0) / magnitudes.length;
    this.last = { input, output, magnitude };
  }

  /** Whether so little is expected to change that the last differences serve; what is expected adds up until a step is run. */
  private changesLittle({ watched, passes }: Batch<C>): boolean {
    if (this.last === undefined || this.rate === undefined) return false;
    const { input, magnitude } = this.last;
    this.change += (this.rate * meanDistance(samplesOf(watched.x), input)) / magnitude;
    const isLittle = this.change < this.options.threshold && passes.every((pass) => this.differenceOf(pass));
    if (!isLittle) this.change = 0;
    return isLittle;
  }

  /** The batch with the watched pass, in the part of the schedule in which steps may be left out. */
  private watchedBatch(passes: readonly Pass<C>[], sigma: number): Batch<C> | undefined {
    const { low, high } = this.options;
    if (!(sigma > low && sigma <= high)) return undefined;
    const batches = this.batchesOf(passes);
    this.watched ??= batches[0]?.at(-1)?.conditioning;
    for (const batch of batches) {
      const watched = batch.find(({ conditioning }) => conditioning === this.watched);
      if (watched !== undefined) return { watched, passes: batch };
    }
    return undefined;
  }

  private differenceOf(pass: Pass<C>): Float32Array | undefined {
    return isPlain(pass) ? this.differences.get(pass.conditioning) : undefined;
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
