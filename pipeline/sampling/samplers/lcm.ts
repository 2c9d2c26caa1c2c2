/** Latent consistency sampling: jump to the picture, noise it again. ComfyUI's `sample_lcm`. */
import { combine } from '../combine.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const lcm: Sampler = {
  noise: 'independent',
  walk: (run) =>
    walkDown(run, ({ denoised, sigma, next }) =>
      next === 0 ? denoised : combine([next, run.noise(sigma, next)], [1 - next, denoised]),
    ),
};
