/** A whole sampling: noise and initial picture mixed, walked down the sigmas, and brought back to a clean latent. */
import { Fault } from '../../config/faults.ts';
import type { SamplerName } from '../../config/sampling.ts';
import { combine } from './combine.ts';
import { SAMPLERS } from './samplers/registry.ts';
import type { Denoise, DenoiseApart, Sampler, Step, StepNoise } from './samplers/sampler.ts';
import { brownianNoise, independentNoise } from './step-noise.ts';

export interface Sampling {
  /** The guided model (see `guide`). */
  readonly denoise: Denoise;
  /** The same with the negative apart, for samplers of CFG++; a model without guidance has no other picture for it. */
  readonly denoiseApart?: DenoiseApart;
  readonly sampler: SamplerName;
  /** From `sigmasFor`, for the same sampler. */
  readonly sigmas: Float32Array;
  /** Of the model's flow. */
  readonly shift: number;
  /** Unit noise for the whole batch, NCHW flattened: `randn(seed, elements)`. */
  readonly noise: Float32Array;
  /** The initial picture's latent in model space, as long as `noise`; nothing (0) when absent. */
  readonly latent?: Float32Array;
  /** Of the noise that stochastic samplers add on the way. */
  readonly seed: number | bigint;
  /** Replaces the seeded step noise, for comparison with recorded runs. */
  readonly stepNoise?: StepNoise;
  /** Told of every step after its first model call, and awaited. */
  readonly onStep?: (step: Step) => void | Promise<void>;
  /** Looked at before every model call. */
  readonly signal?: AbortSignal;
}

/**
 * The finished latent, model space, as long as `noise`. Throws Fault `cancelled` once the signal is aborted, and
 * `sampling.out_of_range` where ComfyUI would show a black picture: some samplers divide by nothing at odd shifts.
 *
 * Source: `KSAMPLER.sample` in ComfyUI's `comfy/samplers.py`, with `CONST.noise_scaling` before and
 * `CONST.inverse_noise_scaling` after.
 */
export async function sample(sampling: Sampling): Promise<Float32Array> {
  const { shift, noise, latent, signal } = sampling;
  // A very small strength repeats sigmas. Such a step goes nowhere, and the multistep samplers divide by its length.
  const sigmas = sampling.sigmas.filter((sigma, i) => sigma !== sampling.sigmas[i - 1]);
  const sampler = SAMPLERS[sampling.sampler];
  const outOfRange = () => new Fault('sampling.out_of_range', { sampler: sampling.sampler, shift });
  const first = sigmas[0]!;
  const mixed = latent ? combine([first, noise], [1 - first, latent]) : combine([first, noise]);
  const stopWhereCancelled = () => {
    if (signal?.aborted) throw new Fault('cancelled', {}, signal.reason);
  };
  const walked = await sampler.walk({
    x: mixed,
    sigmas,
    shift,
    denoise: (x, sigma) => {
      stopWhereCancelled();
      return sampling.denoise(x, sigma);
    },
    denoiseApart: async (x, sigma) => {
      stopWhereCancelled();
      if (sampling.denoiseApart) return sampling.denoiseApart(x, sigma);
      const denoised = await sampling.denoise(x, sigma);
      return { denoised, negative: denoised };
    },
    noise: sampling.stepNoise ?? seededNoise(sampler, sampling.seed, noise.length, sigmas),
    onStep: async (step) => sampling.onStep?.(step),
  });
  const last = sigmas.at(-1) || sampler.lastSigma || 0;
  const finished = combine([1 / (1 - last), walked]);
  if (!finished.every(Number.isFinite)) throw outOfRange();
  return finished;
}

function seededNoise(
  sampler: Sampler,
  seed: number | bigint,
  count: number,
  sigmas: Float32Array,
): StepNoise {
  return sampler.noise === 'brownian' ? brownianNoise(seed, count, sigmas) : independentNoise(seed, count);
}
