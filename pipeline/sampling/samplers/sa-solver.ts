/**
 * SA-Solver, a stochastic Adams method with predictor (order 3) and corrector (order 4), arXiv 2309.05019: ComfyUI's
 * `sample_sa_solver` and `_pece`, which asks the model once more after each correction. Noise is added in the middle
 * of the schedule only.
 */
import { combine, type Term } from '../combine.ts';
import { Flow } from '../flow.ts';
import { solve } from './linear-system.ts';
import { belowOne, logSnr } from './log-snr.ts';
import type { Sampler, SamplerRun } from './sampler.ts';

const PREDICTOR_ORDER = 3;
const CORRECTOR_ORDER = 4;

/**
 * Integrals over lambda from `from` to `to` of exp(rate * (lambda - to)) * rate * lambda^p, p = 0 .. order-1,
 * by parts. rate is 1 + tau^2.
 */
function integrals(from: number, to: number, order: number, rate: number): number[] {
  const fade = Math.exp(-rate * (to - from));
  const result: number[] = [];
  for (let p = 0; p < order; p++) {
    const ends = to ** p - from ** p * fade;
    result.push(p === 0 ? ends : ends - (p / rate) * result[p - 1]!);
  }
  return result;
}

/** How much each picture, seen at `lambdas`, adds to x in a step to `sigma`; oldest first. */
function adamsWeights(
  sigma: number,
  lambdas: readonly number[],
  from: number,
  to: number,
  tau: number,
): number[] {
  const rows = lambdas.map((_, p) => lambdas.map((lambda) => lambda ** p));
  return solve(rows, integrals(from, to, lambdas.length, 1 + tau ** 2)).map((part) => (1 - sigma) * part);
}

async function walk(run: SamplerRun, asksAgain: boolean): Promise<Float32Array> {
  const sigmas = belowOne(run.sigmas, run.shift);
  const lambdas = Array.from(sigmas, logSnr);
  const flow = new Flow(run.shift);
  const [noisyFrom, noisyTo] = [flow.percentToSigma(0.2), flow.percentToSigma(0.8)];
  const tauAt = (sigma: number) => (noisyFrom >= sigma && sigma >= noisyTo ? 1 : 0);
  const total = sigmas.length - 1;
  const endsAtZero = sigmas[total] === 0;

  let seen: Float32Array[] = []; // oldest first
  let x = run.x;
  let predicted = run.x;
  let tau = 0;
  let noise: Term | undefined;

  /** x at `to` from x at `from`, by the last `order` pictures, which were seen up to `newest`. */
  const advance = (from: number, to: number, newest: number, order: number): Float32Array => {
    const used = lambdas.slice(newest - order + 1, newest + 1);
    const weights = adamsWeights(sigmas[to]!, used, lambdas[from]!, lambdas[to]!, tau);
    const step = lambdas[to]! - lambdas[from]!;
    return combine(
      [(sigmas[to]! / sigmas[from]!) * Math.exp(-(tau ** 2) * step), x],
      ...seen.slice(-order).map((picture, k): Term => [weights[k]!, picture]),
      ...(noise ? [noise] : []),
    );
  };

  for (let index = 0; index < total; index++) {
    const sigma = sigmas[index]!;
    const next = sigmas[index + 1]!;
    let denoised = await run.denoise(predicted, sigma);
    await run.onStep({ index, total, sigma, x: predicted, denoised });
    seen = [...seen, denoised].slice(-CORRECTOR_ORDER);

    const corrects = index > 0 && (asksAgain || next !== 0);
    const mostOrder = endsAtZero ? total - index : Infinity;
    const correctorOrder = corrects ? Math.min(CORRECTOR_ORDER, seen.length, mostOrder) : 0;
    if (correctorOrder === 0) {
      x = predicted;
    } else {
      x = advance(index - 1, index, index, correctorOrder);
      if (asksAgain) {
        denoised = await run.denoise(x, sigma);
        seen[seen.length - 1] = denoised;
      }
    }

    if (next === 0) return denoised;
    tau = tauAt(next);
    const step = lambdas[index + 1]! - lambdas[index]!;
    noise =
      tau > 0 ? [next * Math.sqrt(-Math.expm1(-2 * tau ** 2 * step)), run.noise(sigma, next)] : undefined;
    const order = Math.min(PREDICTOR_ORDER, seen.length, endsAtZero ? total - 1 - index : Infinity);
    predicted = advance(index, index + 1, index, order);
  }
  return predicted;
}

export const saSolver: Sampler = { noise: 'independent', walk: (run) => walk(run, false) };
export const saSolverPece: Sampler = { noise: 'independent', walk: (run) => walk(run, true) };
