/** RES, a second-order exponential multistep method (arXiv 2308.02157): ComfyUI's `sample_res_multistep`, its ancestral form, and both with CFG++. */
import { combine } from '../combine.ts';
import { ancestralStep } from './ancestral.ts';
import { type At, type Guided, type Sampler, type SamplerRun, walkDown, walkDownApart } from './sampler.ts';

/** One step after the other, along what the model sees for the negative; that is the whole guided picture without CFG++. */
function advancing(run: SamplerRun, eta: 0 | 1): (at: At & Guided) => Float32Array {
  let previous: { negative: Float32Array; down: number } | undefined;
  return ({ index, x, denoised, negative, sigma, next }) => {
    if (next === 0) return denoised;
    const { down, up } = ancestralStep(sigma, next, eta);
    const last = previous;
    previous = { negative, down };
    const keep = down / sigma;
    let lower: Float32Array;
    if (last === undefined) {
      lower = combine([keep, x], [1, denoised], [-keep, negative]);
    } else {
      const step = Math.log(sigma / down);
      const c2 = Math.log(last.down / run.sigmas[index - 1]!) / step;
      const phi1 = Math.expm1(-step) / -step;
      const phi2 = (phi1 - 1) / -step;
      const lean = (step * phi2) / c2;
      lower = combine(
        [keep, x],
        [keep, denoised],
        [step * phi1 - lean - keep, negative],
        [lean, last.negative],
      );
    }
    return up === 0 ? lower : combine([1, lower], [up, run.noise(sigma, next)]);
  };
}

const walk =
  (eta: 0 | 1): Sampler['walk'] =>
  (run) => {
    const advance = advancing(run, eta);
    return walkDown(run, (at) => advance({ ...at, negative: at.denoised }));
  };

const walkApart =
  (eta: 0 | 1): Sampler['walk'] =>
  (run) =>
    walkDownApart(run, advancing(run, eta));

// The original draws noise for this one too, and multiplies it by 0.
export const resMultistep: Sampler = { noise: 'none', walk: walk(0) };

/** Noised by the rule for sigma as noise over signal, as in ComfyUI: livelier than the model's pictures. */
export const resMultistepAncestral: Sampler = { noise: 'independent', walk: walk(1) };

export const resMultistepCfgPp: Sampler = { noise: 'none', usesNegative: true, walk: walkApart(0) };

export const resMultistepAncestralCfgPp: Sampler = {
  noise: 'independent',
  usesNegative: true,
  walk: walkApart(1),
};
