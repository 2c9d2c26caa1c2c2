/** What the sampler takes for the model: the network's velocity for the prompts, turned into one guided picture. */
import type { FloatTensor } from '../float-tensor.ts';
import { combine } from './combine.ts';
import type { Region } from './conditioning.ts';
import { Flow } from './flow.ts';
import { planRegions } from './regions.ts';
import { rescaleGuidance } from './rescale-guidance.ts';
import type { Guided } from './samplers/sampler.ts';

/** Skip-layer guidance between two sigmas, both included. */
export interface SkippedLayers {
  readonly scale: number;
  readonly layers: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** A pass of the network: a latent batch under one conditioning, with these transformer blocks left out. */
export interface Pass<C> {
  readonly x: FloatTensor;
  readonly conditioning: C;
  readonly skipped: readonly number[];
}

/** A call of the guided model: the passes that it takes, and what they make together. */
export interface GuidedCall<C> {
  readonly passes: readonly Pass<C>[];
  /** @param velocities noise minus picture, a new array for each pass, as long as its `x` */
  guided(velocities: readonly Float32Array[]): Guided;
}

export interface Guidance<C> {
  /** NCHW of the latent. */
  readonly shape: readonly number[];
  readonly positive: readonly Region<C>[];
  readonly negative: readonly Region<C>[];
  /** Classifier-free guidance; at 1 the negative is never run. */
  readonly scale: number;
  readonly skips?: readonly SkippedLayers[];
  /** `RescaleCFG`: how much of the guided picture gets the spread of the positive one, 0..1. */
  readonly rescale?: number;
}

/** Range of sigmas, both ends included, that a range of the schedule is. */
export function windowOf(
  { start, end }: { readonly start: number; readonly end: number },
  shift: number,
): { low: number; high: number } {
  const flow = new Flow(shift);
  return { low: flow.percentToSigma(end), high: flow.percentToSigma(start) };
}

/**
 * negative + (positive - negative) * scale, each of them x - sigma * velocity of its active entries; within its window,
 * skip-layer guidance adds scale * (positive - positive without the layers).
 *
 * Every entry is run apart, since contexts may differ in length. A side of which nothing is active is 0. Source:
 * `cfg_function` and `sampling_function` in ComfyUI's `comfy/samplers.py`, `SkipLayerGuidanceSD3`. (The official
 * repository takes the window by step number: start * steps < step < end * steps.)
 *
 * @param data the noisy latent batch
 * @param apart the negative's picture is asked for as well, at guidance 1 too (CFG++); else there it is 0
 */
export function planCall<C>(
  { shape, positive, negative, scale, skips = [], rescale }: Guidance<C>,
  data: Float32Array,
  sigma: number,
  apart: boolean,
): GuidedCall<C> {
  const x = { data, shape };
  const passes: Pass<C>[] = [];
  /** Plans the passes for one picture. @returns the picture, once they were made */
  const picture = (regions: readonly Region<C>[], skipped: readonly number[] = []) => {
    const { parts, average } = planRegions(x, sigma, regions);
    const first = passes.length;
    passes.push(...parts.map((part) => ({ ...part, skipped })));
    return (velocities: readonly Float32Array[]) =>
      average(parts.map((part, i) => combine([1, part.x.data], [-sigma, velocities[first + i]!])));
  };
  const runsNegative = apart || !isOne(scale);
  const seenWithPrompt = picture(positive);
  const seenOpposite = runsNegative ? picture(negative) : undefined;
  const used = skips
    .filter((skip) => skip.scale > 0 && skip.layers.length > 0 && sigma >= skip.low && sigma <= skip.high)
    .map((skip) => ({ scale: skip.scale, seen: picture(positive, skip.layers) }));

  return {
    passes,
    guided(velocities) {
      const withPrompt = seenWithPrompt(velocities);
      const opposite = seenOpposite?.(velocities);
      let guided = withPrompt;
      if (opposite) {
        guided =
          rescale === undefined
            ? combine([scale, withPrompt], [1 - scale, opposite])
            : rescaleGuidance(shape, withPrompt, opposite, scale, rescale);
      }
      for (const skip of used) {
        guided = combine([1, guided], [skip.scale, withPrompt], [-skip.scale, skip.seen(velocities)]);
      }
      return { denoised: guided, negative: opposite ?? new Float32Array(data.length) };
    },
  };
}

/** Python's `math.isclose(scale, 1)`. */
function isOne(scale: number): boolean {
  return Math.abs(scale - 1) <= 1e-9 * Math.max(1, Math.abs(scale));
}
