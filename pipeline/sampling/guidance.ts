/** What the sampler takes for the model: the network's velocity for the prompts, turned into one guided picture. */
import type { SkipLayerGuidance } from '../request.ts';
import { combine } from './combine.ts';
import { Flow } from './flow.ts';
import type { Denoise, DenoiseApart, Guided } from './samplers/sampler.ts';

/**
 * The network: velocity (noise minus picture) of a latent batch at a float32 sigma under one conditioning, with the
 * given transformer blocks left out. A new array of the length of `x`; must not change or keep `x`.
 */
export type Velocity<C> = (
  x: Float32Array,
  sigma: number,
  conditioning: C,
  skippedLayers?: readonly number[],
) => Promise<Float32Array>;

export interface Guidance<C> {
  readonly velocity: Velocity<C>;
  readonly positive: C;
  readonly negative: C;
  /** Classifier-free guidance; at 1 the negative is never run. */
  readonly scale: number;
  /** Of the model's flow: places the window of skip-layer guidance. */
  readonly shift: number;
  readonly slg?: SkipLayerGuidance;
}

/** Range of sigmas, both ends included, in which skip-layer guidance acts. */
export function skipLayerWindow(
  slg: Pick<SkipLayerGuidance, 'start' | 'end'>,
  shift: number,
): { low: number; high: number } {
  const flow = new Flow(shift);
  return { low: flow.percentToSigma(slg.end), high: flow.percentToSigma(slg.start) };
}

/**
 * negative + (positive - negative) * scale, each of them x - sigma * velocity; within its window, skip-layer
 * guidance adds slg.scale * (positive - positive without the layers).
 *
 * Positive and negative are run apart, since their contexts may differ in length. Source: `cfg_function` and
 * `sampling_function` in ComfyUI's `comfy/samplers.py`, `SkipLayerGuidanceSD3`. (The official repository takes
 * the window by step number: start * steps < step < end * steps.)
 */
export function guide<C>(guidance: Guidance<C>): Denoise {
  const scale = guidance.scale;
  const guided = guidedBy(guidance, Math.abs(scale - 1) > 1e-9 * Math.max(1, Math.abs(scale)));
  return async (x, sigma) => (await guided(x, sigma)).denoised;
}

/** The same with the negative's picture beside the guided one, at guidance 1 too: what the samplers of CFG++ ask for. */
export function guideApart<C>(guidance: Guidance<C>): DenoiseApart {
  const guided = guidedBy(guidance, true);
  return async (x, sigma) => {
    const { denoised, negative } = await guided(x, sigma);
    return { denoised, negative: negative ?? denoised };
  };
}

function guidedBy<C>(
  { velocity, positive, negative, scale, shift, slg }: Guidance<C>,
  runsNegative: boolean,
): (x: Float32Array, sigma: number) => Promise<Partial<Guided> & Pick<Guided, 'denoised'>> {
  const picture = async (x: Float32Array, sigma: number, conditioning: C, skipped?: readonly number[]) =>
    combine([1, x], [-sigma, await velocity(x, sigma, conditioning, skipped)]);
  const window = slg && slg.scale > 0 && slg.layers.length > 0 ? skipLayerWindow(slg, shift) : undefined;

  return async (x, sigma) => {
    const withPrompt = await picture(x, sigma, positive);
    const withNegative = runsNegative ? await picture(x, sigma, negative) : undefined;
    const guided = withNegative ? combine([scale, withPrompt], [1 - scale, withNegative]) : withPrompt;
    const beside = withNegative && { negative: withNegative };
    if (slg === undefined || window === undefined || sigma < window.low || sigma > window.high)
      return { denoised: guided, ...beside };
    const without = await picture(x, sigma, positive, slg.layers);
    const denoised = combine([1, guided], [slg.scale, withPrompt], [-slg.scale, without]);
    return { denoised, ...beside };
  };
}
