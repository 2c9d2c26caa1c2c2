/** RES, a second-order exponential multistep method (arXiv 2308.02157): ComfyUI's `sample_res_multistep` and its ancestral form. */
import { combine } from '../combine.ts';
import { ancestralStep } from './ancestral.ts';
import { alongLine } from './derivative.ts';
import { type Sampler, walkDown } from './sampler.ts';

function resMultistepWalk(eta: 0 | 1): Sampler['walk'] {
  return (run) => {
    let previous: { denoised: Float32Array; down: number } | undefined;
    return walkDown(run, ({ index, x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const { down, up } = ancestralStep(sigma, next, eta);
      const last = previous;
      previous = { denoised, down };
      let lower: Float32Array;
      if (last === undefined) {
        lower = alongLine(x, denoised, sigma, down);
      } else {
        const step = Math.log(sigma / down);
        const c2 = Math.log(last.down / run.sigmas[index - 1]!) / step;
        const phi1 = Math.expm1(-step) / -step;
        const phi2 = (phi1 - 1) / -step;
        const lean = (step * phi2) / c2;
        lower = combine([down / sigma, x], [step * phi1 - lean, denoised], [lean, last.denoised]);
      }
      return up === 0 ? lower : combine([1, lower], [up, run.noise(sigma, next)]);
    });
  };
}

// The original draws noise for this one too, and multiplies it by 0.
export const resMultistep: Sampler = { noise: 'none', walk: resMultistepWalk(0) };

/** Noised by the rule for sigma as noise over signal, as in ComfyUI: livelier than the model's pictures. */
export const resMultistepAncestral: Sampler = { noise: 'independent', walk: resMultistepWalk(1) };
