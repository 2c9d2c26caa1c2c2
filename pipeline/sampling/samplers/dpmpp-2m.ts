/** DPM-Solver++(2M): k-diffusion's `sample_dpmpp_2m`, which takes time to be -log(sigma). */
import { combine } from '../combine.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const dpmpp2m: Sampler = {
  noise: 'none',
  walk: (run) => {
    let previous: Float32Array | undefined;
    return walkDown(run, ({ index, x, denoised, sigma, next }) => {
      const last = previous;
      previous = denoised;
      if (next === 0) return denoised;
      const keep = next / sigma;
      if (last === undefined) return combine([keep, x], [1 - keep, denoised]);
      const step = Math.log(sigma / next);
      const lastStep = Math.log(run.sigmas[index - 1]! / sigma);
      const lean = step / (2 * lastStep);
      return combine([keep, x], [(1 - keep) * (1 + lean), denoised], [-(1 - keep) * lean, last]);
    });
  },
};
