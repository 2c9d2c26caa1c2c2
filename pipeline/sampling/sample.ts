/** A whole sampling: noise and initial picture mixed, walked down the sigmas, and brought back to a clean latent. */
import { Fault } from '../../config/faults.ts';
import type { SamplerName } from '../../config/sampling.ts';
import { combine } from './combine.ts';
import { SAMPLERS } from './samplers/registry.ts';
import type { Denoise, DenoiseApart, Guided, Sampler, Step, StepNoise } from './samplers/sampler.ts';
import { brownianNoise, independentNoise } from './step-noise.ts';

export interface Sampling {
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

/** What a sampler wants to know: which picture the guided model sees in a noisy latent batch. */
export interface Question {
  readonly x: Float32Array;
  /** A float32 value. */
  readonly sigma: number;
  /** The picture for the negative is asked for as well (CFG++). */
  readonly apart: boolean;
  /** New arrays. A model without guidance has no other picture for the negative. */
  answer(seen: Guided): void;
}

/** A sampler on its way: it asks, and goes on with the answer. Whoever drives it runs the model. */
export interface Walk {
  /** Undefined once it has arrived. @throws Fault `cancelled` once the signal is aborted, and what the sampler throws */
  next(): Promise<Question | undefined>;
  /** The finished latent, model space, as long as `noise`. @throws Fault `sampling.out_of_range` where ComfyUI would show a black picture: some samplers divide by nothing at odd shifts */
  finished(): Float32Array;
}

/**
 * Source: `KSAMPLER.sample` in ComfyUI's `comfy/samplers.py`, with `CONST.noise_scaling` before and
 * `CONST.inverse_noise_scaling` after.
 */
export function beginWalk(sampling: Sampling): Walk {
  const { shift, noise, latent, signal } = sampling;
  // A very small strength repeats sigmas. Such a step goes nowhere, and the multistep samplers divide by its length.
  const sigmas = sampling.sigmas.filter((sigma, i) => sigma !== sampling.sigmas[i - 1]);
  const sampler = SAMPLERS[sampling.sampler];
  const first = sigmas[0]!;
  const mixed = latent ? combine([first, noise], [1 - first, latent]) : combine([first, noise]);
  let question: Question | undefined;
  let walked: Float32Array | undefined;
  let wake = () => {};
  const ask = (x: Float32Array, sigma: number, apart: boolean) =>
    new Promise<Guided>((answer) => {
      question = { x, sigma, apart, answer };
      wake();
    });
  const walking = sampler
    .walk({
      x: mixed,
      sigmas,
      shift,
      denoise: async (x, sigma) => (await ask(x, sigma, false)).denoised,
      denoiseApart: (x, sigma) => ask(x, sigma, true),
      noise: sampling.stepNoise ?? seededNoise(sampler, sampling.seed, noise.length, sigmas),
      onStep: async (step) => sampling.onStep?.(step),
    })
    .then((arrived) => {
      walked = arrived;
    });

  return {
    async next() {
      const asked = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (question === undefined) await Promise.race([asked, walking]);
      if (signal?.aborted) throw new Fault('cancelled', {}, signal.reason);
      const next = question;
      question = undefined;
      return next;
    },
    finished() {
      const last = sigmas.at(-1) || sampler.lastSigma || 0;
      const finished = combine([1 / (1 - last), walked!]);
      if (finished.every(Number.isFinite)) return finished;
      throw new Fault('sampling.out_of_range', { sampler: sampling.sampler, shift });
    },
  };
}

/** The guided model, whole and (for samplers of CFG++) with the negative apart. */
export interface Model {
  readonly denoise: Denoise;
  readonly denoiseApart?: DenoiseApart;
}

/** A whole sampling with a model that answers at once. @throws as `Walk` */
export async function sample({
  denoise,
  denoiseApart,
  ...sampling
}: Sampling & Model): Promise<Float32Array> {
  const walk = beginWalk(sampling);
  for (let asked = await walk.next(); asked !== undefined; asked = await walk.next()) {
    const { x, sigma, apart } = asked;
    if (apart && denoiseApart) asked.answer(await denoiseApart(x, sigma));
    else {
      const denoised = await denoise(x, sigma);
      asked.answer({ denoised, negative: denoised });
    }
  }
  return walk.finished();
}

function seededNoise(
  sampler: Sampler,
  seed: number | bigint,
  count: number,
  sigmas: Float32Array,
): StepNoise {
  return sampler.noise === 'brownian' ? brownianNoise(seed, count, sigmas) : independentNoise(seed, count);
}
