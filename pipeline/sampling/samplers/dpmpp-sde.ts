/** The stochastic DPM-Solver++ family on log-SNR time: ComfyUI's `sample_dpmpp_sde`, `_2m_sde`, `_3m_sde`; eta 1. */
import { combine, type Term } from '../combine.ts';
import { ancestralStep } from './ancestral.ts';
import { belowOne, logSnr, sigmaOf } from './log-snr.ts';
import { type At, type Sampler, type SamplerRun, walkDown } from './sampler.ts';

/**
 * These levels come out of exponentials, which torch rounds in its own way: float32 would only make more of the
 * difference (a latent 5.8e-5 from the reference, 1.3e-5 without).
 */
const exactly = (value: number) => value;

/** One single-step solve from `from` to `to` that takes the picture to be `denoised` all the way, noise added. */
function solveWithNoise(
  run: SamplerRun,
  x: Float32Array,
  denoised: Float32Array,
  from: number,
  to: number,
): Float32Array {
  const { down, up } = ancestralStep(Math.exp(-logSnr(from)), Math.exp(-logSnr(to)), 1, exactly);
  const keep = down / Math.exp(-logSnr(from));
  const alpha = 1 - to;
  return combine(
    [(alpha / (1 - from)) * keep, x],
    [alpha * (1 - keep), denoised],
    [alpha * up, run.noise(from, to)],
  );
}

export const dpmppSde: Sampler = {
  noise: 'brownian',
  walk: (run) =>
    walkDown({ ...run, sigmas: belowOne(run.sigmas, run.shift) }, async ({ x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const middle = sigmaOf((logSnr(sigma) + logSnr(next)) / 2);
      const halfWay = solveWithNoise(run, x, denoised, sigma, middle);
      // With the middle at half the step (r = 1/2) only the second prediction counts.
      return solveWithNoise(run, x, await run.denoise(halfWay, middle), sigma, next);
    }),
};

/** A prediction made earlier and the log-SNR step that followed it. */
interface Earlier {
  readonly denoised: Float32Array;
  readonly step: number;
}

/** Terms that correct a first-order step by the change of the last predictions, newest first. */
type Correction = (
  denoised: Float32Array,
  earlier: readonly Earlier[],
  step: number,
  alpha: number,
) => readonly Term[];

function multistepSde(correct: Correction): Sampler['walk'] {
  return (run) => {
    let earlier: Earlier[] = [];
    const advance = ({ x, denoised, sigma, next }: At): Float32Array => {
      if (next === 0) return denoised;
      const step = logSnr(next) - logSnr(sigma);
      const alpha = 1 - next;
      const moved = combine(
        [(next / sigma) * Math.exp(-step), x],
        [alpha * -Math.expm1(-2 * step), denoised],
        ...correct(denoised, earlier, step, alpha),
        [next * Math.sqrt(-Math.expm1(-2 * step)), run.noise(sigma, next)],
      );
      earlier = [{ denoised, step }, ...earlier].slice(0, 2);
      return moved;
    };
    return walkDown({ ...run, sigmas: belowOne(run.sigmas, run.shift) }, advance);
  };
}

/** phi_2 of the exponential integrator, (exp(-h) - 1) / h + 1. */
function phi2(h: number): number {
  return Math.expm1(-h) / h + 1;
}

/** A second-order correction: the change of the last two predictions, times a weight, over their distance in steps. */
function bySecondOrder(weigh: (step: number) => number): Correction {
  return (denoised, [last], step, alpha) => {
    if (last === undefined) return [];
    const weight = (alpha * weigh(step) * step) / last.step;
    return [
      [weight, denoised],
      [-weight, last.denoised],
    ];
  };
}

/** `solver_type="midpoint"`. */
export const dpmpp2mSde: Sampler = {
  noise: 'brownian',
  walk: multistepSde(bySecondOrder((step) => -0.5 * Math.expm1(-2 * step))),
};

const heunCorrection = bySecondOrder((step) => phi2(2 * step));

/** `solver_type="heun"`. */
export const dpmpp2mSdeHeun: Sampler = { noise: 'brownian', walk: multistepSde(heunCorrection) };

export const dpmpp3mSde: Sampler = {
  noise: 'brownian',
  walk: multistepSde((denoised, earlier, step, alpha) => {
    const [last, beforeLast] = earlier;
    if (last === undefined || beforeLast === undefined) {
      return heunCorrection(denoised, earlier, step, alpha);
    }
    const second = alpha * phi2(2 * step);
    const third = alpha * (phi2(2 * step) / (2 * step) - 0.5);
    const r0 = last.step / step;
    const r1 = beforeLast.step / step;
    // change_0 = (denoised - last) / r0 and change_1 = (last - beforeLast) / r1 are the divided differences;
    // the original's d1 is change_0 + (change_0 - change_1) * r0/(r0+r1), its d2 (change_0 - change_1) / (r0+r1).
    const apart = (second * r0 - third) / (r0 + r1);
    const weight0 = (second + apart) / r0;
    const weight1 = -apart / r1;
    return [
      [weight0, denoised],
      [weight1 - weight0, last.denoised],
      [-weight1, beforeLast.denoised],
    ];
  }),
};
