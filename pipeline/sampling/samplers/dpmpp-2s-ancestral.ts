/** DPM-Solver++(2S) with ancestral noise: ComfyUI's `sample_dpmpp_2s_ancestral_RF`. */
import { combine } from '../combine.ts';
import { overshoot } from './ancestral.ts';
import { alongLine } from './derivative.ts';
import { logSnr, sigmaOf } from './log-snr.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const dpmpp2sAncestral: Sampler = {
  noise: 'independent',
  walk: (run) =>
    walkDown(run, async ({ x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const { down, rescale, renoise } = overshoot(sigma, next);
      // From pure noise the middle in log-SNR does not exist.
      const middle = sigma >= 1 ? Math.fround(0.9999) : sigmaOf((logSnr(sigma) + logSnr(down)) / 2);
      const halfWay = alongLine(x, denoised, sigma, middle);
      const lower = alongLine(x, await run.denoise(halfWay, middle), sigma, down);
      return combine([rescale, lower], [renoise, run.noise(sigma, next)]);
    }),
};
