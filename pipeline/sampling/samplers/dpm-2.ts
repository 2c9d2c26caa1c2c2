/** DPM-Solver-2: the slope at the geometric middle of a step. k-diffusion's `sample_dpm_2`, ComfyUI's `sample_dpm_2_ancestral_RF`. */
import { combine } from '../combine.ts';
import { overshoot } from './ancestral.ts';
import { alongLine, derivative } from './derivative.ts';
import { type At, type Sampler, type SamplerRun, walkDown } from './sampler.ts';

/** From `at.sigma` to `target` > 0 with one model call between. */
async function throughMiddle(
  run: SamplerRun,
  { x, denoised, sigma }: At,
  target: number,
): Promise<Float32Array> {
  const middle = Math.fround(Math.sqrt(sigma * target));
  const halfWay = alongLine(x, denoised, sigma, middle);
  const slope = derivative(halfWay, await run.denoise(halfWay, middle), middle);
  return combine([1, x], [target - sigma, slope]);
}

export const dpm2: Sampler = {
  noise: 'none',
  dropsPenultimate: true,
  walk: (run) => walkDown(run, (at) => (at.next === 0 ? at.denoised : throughMiddle(run, at, at.next))),
};

export const dpm2Ancestral: Sampler = {
  noise: 'independent',
  dropsPenultimate: true,
  walk: (run) =>
    walkDown(run, async (at) => {
      if (at.next === 0) return at.denoised;
      const { down, rescale, renoise } = overshoot(at.sigma, at.next);
      const lower = await throughMiddle(run, at, down);
      return combine([rescale, lower], [renoise, run.noise(at.sigma, at.next)]);
    }),
};
