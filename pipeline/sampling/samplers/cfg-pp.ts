/**
 * Samplers of CFG++ (arXiv 2406.08070): the picture is the guided one, but the noise is what the negative alone leaves,
 * so that strong guidance does not push x off its path. ComfyUI's `sample_euler_cfg_pp`, `_euler_ancestral_cfg_pp`,
 * `_dpmpp_2s_ancestral_cfg_pp`, `_dpmpp_2m_cfg_pp`; the others stand beside their plain forms.
 */
import { combine } from '../combine.ts';
import { ancestralStep } from './ancestral.ts';
import { type Sampler, walkDownApart } from './sampler.ts';

function eulerWalk(eta: 0 | 1): Sampler['walk'] {
  return (run) =>
    walkDownApart(run, ({ x, denoised, negative, sigma, next }) => {
      if (next === 0) return denoised;
      const [alpha, alphaNext] = [1 - sigma, 1 - next];
      const { down, up } = ancestralStep(sigma / alpha, next / alphaNext, eta);
      const keep = (alphaNext * down) / sigma;
      const lower = combine([alphaNext, denoised], [keep, x], [-keep * alpha, negative]);
      return eta === 0 ? lower : combine([1, lower], [alphaNext * up, run.noise(sigma, next)]);
    });
}

export const eulerCfgPp: Sampler = { noise: 'none', usesNegative: true, walk: eulerWalk(0) };

export const eulerAncestralCfgPp: Sampler = {
  noise: 'independent',
  usesNegative: true,
  walk: eulerWalk(1),
};

/** Takes sigma for noise over signal on a rectified flow too, as the original does. */
export const dpmpp2sAncestralCfgPp: Sampler = {
  noise: 'independent',
  usesNegative: true,
  walk: (run) =>
    walkDownApart(run, async ({ x, denoised, negative, sigma, next }) => {
      if (next === 0) return denoised;
      const { down, up } = ancestralStep(sigma, next, 1);
      // The original looks at the negative of whichever call was the last.
      const moved = (latest: Float32Array) => combine([1, x], [1, denoised], [-1, latest]);
      const middle = Math.fround(Math.sqrt(sigma * down));
      const half = Math.sqrt(down / sigma);
      const halfWay = combine([half, moved(negative)], [1 - half, denoised]);
      const there = await run.denoiseApart(halfWay, middle);
      return combine(
        [half ** 2, moved(there.negative)],
        [1 - half ** 2, there.denoised],
        [up, run.noise(sigma, next)],
      );
    }),
};

export const dpmpp2mCfgPp: Sampler = {
  noise: 'none',
  usesNegative: true,
  walk: (run) => {
    let previous: Float32Array | undefined;
    return walkDownApart(run, ({ index, x, denoised, negative, sigma, next }) => {
      const last = previous;
      previous = negative;
      if (next === 0) return denoised;
      const keep = next / sigma;
      const straight = [
        [keep, x],
        [1, denoised],
        [-keep, negative],
      ] as const;
      if (last === undefined) return combine(...straight);
      const lean = Math.log(sigma / next) / (2 * Math.log(run.sigmas[index - 1]! / sigma));
      const weight = (1 - keep) * lean;
      return combine(...straight, [weight, denoised], [-weight, last]);
    });
  },
};
