/**
 * Ancestral sampling of the first diffusion models: ComfyUI's `sample_ddpm`. It takes sigma for noise over signal
 * on a rectified flow too, which makes pictures livelier than the model's; kept for the workflows that name it.
 */
import { combine } from '../combine.ts';
import { type Sampler, walkDown } from './sampler.ts';

const f32 = Math.fround;

/** Share of the picture in the variance, 1 / (1 + sigma^2), in float32: near 1 its rounding shows in the result. */
function pictureShare(sigma: number): number {
  return f32(1 / f32(f32(sigma * sigma) + 1));
}

export const ddpm: Sampler = {
  noise: 'independent',
  walk: (run) =>
    walkDown(run, ({ x, denoised, sigma, next }) => {
      const share = pictureShare(sigma);
      const nextShare = pictureShare(next);
      const alpha = f32(share / nextShare);
      const unscale = 1 / f32(Math.sqrt(f32(1 + f32(sigma ** 2))));
      const grow = f32(Math.sqrt(f32(1 / alpha)));
      const noiseWeight = f32(1 - alpha) / f32(Math.sqrt(f32(1 - share))) / sigma;
      const rescale = next === 0 ? 1 : f32(Math.sqrt(f32(1 + f32(next ** 2))));
      const lower = combine(
        [rescale * grow * (unscale - noiseWeight), x],
        [rescale * grow * noiseWeight, denoised],
      );
      if (next === 0) return lower;
      const variance = f32(f32(f32(1 - alpha) * f32(1 - nextShare)) / f32(1 - share));
      return combine([1, lower], [rescale * Math.sqrt(variance), run.noise(sigma, next)]);
    }),
};
