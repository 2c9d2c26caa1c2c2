/** Euler steps that go too far down and are noised back up: ComfyUI's `sample_euler_ancestral_RF`. */
import { combine } from '../combine.ts';
import { overshoot } from './ancestral.ts';
import { alongLine } from './derivative.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const eulerAncestral: Sampler = {
  noise: 'independent',
  walk: (run) =>
    walkDown(run, ({ x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const { down, rescale, renoise } = overshoot(sigma, next);
      const lower = alongLine(x, denoised, sigma, down);
      return combine([rescale, lower], [renoise, run.noise(sigma, next)]);
    }),
};
