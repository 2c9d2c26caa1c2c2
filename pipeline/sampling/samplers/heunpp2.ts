/** Heun++, which looks up to two steps ahead: ComfyUI's `sample_heunpp2`. */
import { combine } from '../combine.ts';
import { alongLine, derivative } from './derivative.ts';
import { type Sampler, walkDown } from './sampler.ts';

export const heunpp2: Sampler = {
  noise: 'none',
  walk: (run) =>
    walkDown(run, async ({ index, x, denoised, sigma, next }) => {
      const ahead = alongLine(x, denoised, sigma, next);
      const last = run.sigmas.at(-1);
      if (next === last) return ahead;
      const step = next - sigma;
      const slope = derivative(x, denoised, sigma);
      const first = run.sigmas[0]!;
      const denoisedAhead = await run.denoise(ahead, next);
      const slopeAhead = derivative(ahead, denoisedAhead, next);
      const afterNext = run.sigmas[index + 2]!;
      if (afterNext === last) {
        const weight = next / (2 * first);
        return combine([1, x], [step * (1 - weight), slope], [step * weight, slopeAhead]);
      }
      const further = alongLine(ahead, denoisedAhead, next, afterNext);
      const slopeFurther = derivative(further, await run.denoise(further, afterNext), afterNext);
      const weight = next / (3 * first);
      const weightFurther = afterNext / (3 * first);
      return combine(
        [1, x],
        [step * (1 - weight - weightFurther), slope],
        [step * weight, slopeAhead],
        [step * weightFurther, slopeFurther],
      );
    }),
};
