/** Euler's and Heun's methods on dx/dsigma (Karras et al. 2022, algorithm 2 without churn): k-diffusion's `sample_euler`, `sample_heun`. */
import { combine } from '../combine.ts';
import { alongLine, derivative } from './derivative.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const euler: Sampler = {
  noise: 'none',
  walk: (run) => walkDown(run, ({ x, denoised, sigma, next }) => alongLine(x, denoised, sigma, next)),
};

export const heun: Sampler = {
  noise: 'none',
  walk: (run) =>
    walkDown(run, async ({ x, denoised, sigma, next }) => {
      const ahead = alongLine(x, denoised, sigma, next);
      if (next === 0) return ahead;
      const slope = derivative(x, denoised, sigma);
      const slopeAhead = derivative(ahead, await run.denoise(ahead, next), next);
      const half = (next - sigma) / 2;
      return combine([1, x], [half, slope], [half, slopeAhead]);
    }),
};
