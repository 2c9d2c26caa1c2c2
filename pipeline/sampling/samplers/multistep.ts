/** Samplers that fit a polynomial through the last few slopes: `sample_lms`, `sample_ipndm(_v)`, `sample_deis` of k-diffusion and ComfyUI. */
import { combine } from '../combine.ts';
import { deisWeights } from './deis-weights.ts';
import { derivative } from './derivative.ts';
import { ipndmVWeights } from './ipndm-v-weights.ts';
import { lagrangeWeights } from './lagrange.ts';
import { type Sampler, type SamplerRun, walkDown } from './sampler.ts';

/**
 * Weights of the newest slope, the one before it, and so on, for the step from sigmas[index] to the next one;
 * `order` of them.
 */
type SlopeWeights = (sigmas: Float32Array, index: number, order: number) => readonly number[];

function multistep(maxOrder: number, weigh: SlopeWeights): Sampler['walk'] {
  return (run: SamplerRun) => {
    let slopes: Float32Array[] = []; // newest first
    return walkDown(run, ({ index, x, denoised, sigma, next }) => {
      slopes = [derivative(x, denoised, sigma), ...slopes].slice(0, maxOrder);
      if (next === 0) return denoised;
      const weights = weigh(run.sigmas, index, slopes.length);
      return combine([1, x], ...slopes.map((slope, k) => [weights[k]!, slope] as const));
    });
  };
}

/** Linear multistep on the true, uneven sigmas, order 4. */
export const lms: Sampler = {
  noise: 'none',
  walk: multistep(4, (sigmas, index, order) => {
    const known = Array.from({ length: order }, (_, k) => sigmas[index - k]!);
    return lagrangeWeights(known, sigmas[index]!, sigmas[index + 1]!);
  }),
};

/** The Adams-Bashforth weights of evenly spaced steps, by order. */
const ADAMS_BASHFORTH = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
] as const;

/** Improved pseudo numerical method: Adams-Bashforth as if steps were even, order 4. */
export const ipndm: Sampler = {
  noise: 'none',
  walk: multistep(4, (sigmas, index, order) => {
    const step = sigmas[index + 1]! - sigmas[index]!;
    return ADAMS_BASHFORTH[order - 1]!.map((weight) => weight * step);
  }),
};

/** The same with weights for uneven steps. */
export const ipndmV: Sampler = { noise: 'none', walk: multistep(4, ipndmVWeights) };

/** Diffusion exponential integrator sampler ("tab"), order 3. */
export const deis: Sampler = { noise: 'none', walk: multistep(3, deisWeights) };
