/** What the sampler takes for the model: the network's velocity for the prompts, turned into one guided picture. */
import type { FloatTensor } from '../float-tensor.ts';
import { combine } from './combine.ts';
import type { Region } from './conditioning.ts';
import { Flow } from './flow.ts';
import { averageRegions } from './regions.ts';
import { rescaleGuidance } from './rescale-guidance.ts';
import type { Denoise, DenoiseApart, Guided } from './samplers/sampler.ts';

/**
 * The network: velocity (noise minus picture) of a latent batch at a float32 sigma under one conditioning, with the
 * given transformer blocks left out. A new array of the length of `x`; must not change or keep `x`.
 */
export type Velocity<C> = (
  x: FloatTensor,
  sigma: number,
  conditioning: C,
  skippedLayers?: readonly number[],
) => Promise<Float32Array>;

/** Skip-layer guidance between two sigmas, both included. */
export interface SkippedLayers {
  readonly scale: number;
  readonly layers: readonly number[];
  readonly low: number;
  readonly high: number;
}

export interface Guidance<C> {
  readonly velocity: Velocity<C>;
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
 */
export function guide<C>(guidance: Guidance<C>): Denoise {
  const apart = guidedBy(guidance, !isOne(guidance.scale));
  return async (x, sigma) => (await apart(x, sigma)).denoised;
}

/** The same with the negative's picture beside the guided one, at guidance 1 too: what the samplers of CFG++ ask for. */
export function guideApart<C>(guidance: Guidance<C>): DenoiseApart {
  return guidedBy(guidance, true);
}

function guidedBy<C>(
  { velocity, shape, positive, negative, scale, skips = [], rescale }: Guidance<C>,
  runsNegative: boolean,
): (x: Float32Array, sigma: number) => Promise<Guided> {
  const picture = (
    x: FloatTensor,
    sigma: number,
    regions: readonly Region<C>[],
    skipped?: readonly number[],
  ) =>
    averageRegions(x, sigma, regions, async (part, conditioning) =>
      combine([1, part.data], [-sigma, await velocity(part, sigma, conditioning, skipped)]),
    );
  const used = skips.filter((skip) => skip.scale > 0 && skip.layers.length > 0);

  return async (data, sigma) => {
    const x = { data, shape };
    const withPrompt = await picture(x, sigma, positive);
    const opposite = runsNegative ? await picture(x, sigma, negative) : undefined;
    let guided = withPrompt;
    if (opposite) {
      guided =
        rescale === undefined
          ? combine([scale, withPrompt], [1 - scale, opposite])
          : rescaleGuidance(shape, withPrompt, opposite, scale, rescale);
    }
    for (const skip of used) {
      if (sigma < skip.low || sigma > skip.high) continue;
      const without = await picture(x, sigma, positive, skip.layers);
      guided = combine([1, guided], [skip.scale, withPrompt], [-skip.scale, without]);
    }
    return { denoised: guided, negative: opposite ?? new Float32Array(data.length) };
  };
}

/** Python's `math.isclose(scale, 1)`. */
function isOne(scale: number): boolean {
  return Math.abs(scale - 1) <= 1e-9 * Math.max(1, Math.abs(scale));
}
