/** Exponential Runge-Kutta solvers of the reverse SDE on log-SNR time (SEEDS, arXiv 2305.14267): ComfyUI's `sample_seeds_2`, `_3`, `sample_exp_heun_2_x0`. */
import { combine, type Term } from '../combine.ts';
import { belowOne, logSnr, sigmaOf } from './log-snr.ts';
import { type Sampler, type SamplerRun, walkDown } from './sampler.ts';

/** h * phi_2(h) of exponential integrators. */
function hPhi2(h: number): number {
  return (Math.expm1(h) - h) / h;
}

/**
 * Noise of one path that is looked at at growing log-SNR distances from where a step began: what was drawn
 * before fades, what is new is added.
 */
class FadingNoise {
  #noise: Float32Array | undefined;
  #distance = 0;
  readonly #run: SamplerRun;
  #sigma: number;

  constructor(run: SamplerRun, sigma: number) {
    this.#run = run;
    this.#sigma = sigma;
  }

  /** The noise at level `sigma`, `distance` from the start; not yet times sigma. */
  at(sigma: number, distance: number): Float32Array {
    const gone = distance - this.#distance;
    const fresh = [Math.sqrt(-Math.expm1(-2 * gone)), this.#run.noise(this.#sigma, sigma)] as const;
    this.#noise = this.#noise ? combine([Math.exp(-gone), this.#noise], fresh) : combine(fresh);
    this.#distance = distance;
    this.#sigma = sigma;
    return this.#noise;
  }
}

interface Stages {
  /** 0 follows the noiseless path, 1 the full SDE. */
  readonly eta: 0 | 1;
  /** Where within a step (in log-SNR) the further model calls are: one or two of them. */
  readonly stages: readonly [number, ...number[]];
  /** Whether the last stage's prediction corrects the first one's to second order, or (two stages) replaces it. */
  readonly order: 'first' | 'second';
}

function exponentialSolver({ eta, stages, order }: Stages): Sampler['walk'] {
  return (run) =>
    walkDown({ ...run, sigmas: belowOne(run.sigmas, run.shift) }, async ({ x, denoised, sigma, next }) => {
      if (next === 0) return denoised;
      const start = logSnr(sigma);
      const step = logSnr(next) - start;
      const noise = new FadingNoise(run, sigma);
      /** x at a share of the step away, the path's picture being `denoised` plus weight * (other - denoised). */
      const reach = (level: number, share: number, other?: Float32Array, weight = 0) => {
        const distance = share * step;
        const h = -distance * (eta + 1);
        const pull = (1 - level) * Math.expm1(h);
        const bend = (1 - level) * weight;
        const terms: Term[] = [[-pull + bend, denoised]];
        if (other) terms.push([-bend, other]);
        if (eta > 0) terms.push([level, noise.at(level, distance * eta)]);
        return combine([(level / sigma) * Math.exp(-distance * eta), x], ...terms);
      };
      const bendOf = (share: number, by: number) => hPhi2(-share * step * (eta + 1)) * by;

      let other: Float32Array | undefined;
      let before = 0;
      for (const share of stages) {
        const level = sigmaOf(start + share * step);
        const there = other ? reach(level, share, other, bendOf(share, share / before)) : reach(level, share);
        other = await run.denoise(there, level);
        before = share;
      }
      if (order === 'second') return reach(next, 1, other, bendOf(1, 1 / before));
      return reach(next, 1, other, Math.expm1(-step * (eta + 1)) / (2 * before));
    });
}

export const seeds2: Sampler = {
  noise: 'independent',
  walk: exponentialSolver({ eta: 1, stages: [1 / 2], order: 'first' }),
};

export const seeds3: Sampler = {
  noise: 'independent',
  walk: exponentialSolver({ eta: 1, stages: [1 / 3, 2 / 3], order: 'second' }),
};

export const expHeun2X0: Sampler = {
  noise: 'none',
  walk: exponentialSolver({ eta: 0, stages: [1], order: 'second' }),
};

export const expHeun2X0Sde: Sampler = {
  noise: 'independent',
  walk: exponentialSolver({ eta: 1, stages: [1], order: 'second' }),
};
