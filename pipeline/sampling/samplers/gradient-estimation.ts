/** Euler with the slope extrapolated from the last one (arXiv 2306.04848): ComfyUI's `sample_gradient_estimation`, gamma 2. */
import { combine } from '../combine.ts';
import { derivative } from './derivative.ts';
import { type Sampler, walkDown, walkDownApart } from './sampler.ts';

export const gradientEstimation: Sampler = {
  noise: 'none',
  walk: (run) => {
    let previous: Float32Array | undefined;
    return walkDown(run, ({ x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const slope = derivative(x, denoised, sigma);
      const last = previous ?? slope;
      previous = slope;
      const step = next - sigma;
      return combine([1, x], [2 * step, slope], [-step, last]);
    });
  },
};

export const gradientEstimationCfgPp: Sampler = {
  noise: 'none',
  usesNegative: true,
  walk: (run) => {
    let previous: Float32Array | undefined;
    return walkDownApart(run, ({ x, denoised, negative, sigma, next }) => {
      if (next === 0) return denoised;
      const slope = derivative(x, negative, sigma);
      const last = previous ?? slope;
      previous = slope;
      const step = next - sigma;
      return combine([1, denoised], [next + step, slope], [-step, last]);
    });
  },
};
