/** RES, a second-order exponential multistep method (arXiv 2308.02157): ComfyUI's `sample_res_multistep`. */
import { combine } from '../combine.ts';
import { alongLine } from './derivative.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const resMultistep: Sampler = {
  // The original draws noise and multiplies it by 0.
  noise: 'none',
  walk: (run) => {
    let previous: Float32Array | undefined;
    return walkDown(run, ({ index, x, denoised, sigma, next }) => {
      const last = previous;
      previous = denoised;
      if (next === 0 || last === undefined) return alongLine(x, denoised, sigma, next);
      const step = Math.log(sigma / next);
      const c2 = Math.log(sigma / run.sigmas[index - 1]!) / step;
      const phi1 = Math.expm1(-step) / -step;
      const phi2 = (phi1 - 1) / -step;
      return combine([next / sigma, x], [step * (phi1 - phi2 / c2), denoised], [(step * phi2) / c2, last]);
    });
  },
};
