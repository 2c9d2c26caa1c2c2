/** The weights of DEIS ("tab"): polynomials integrated over a variance-preserving time, as ComfyUI's `k_diffusion/deis.py` does it. */
import { lagrange } from './lagrange.ts';

// The schedule that the original takes for granted: sigma 0.002 at time 0.001, sigma 80 at time 1.
const EPSILON = 1e-3;
const LOG_MIN = Math.log(0.002 ** 2 + 1);
const LOG_MAX = Math.log(80 ** 2 + 1);
const BETA_SPAN = (2 * (LOG_MIN / EPSILON - LOG_MAX)) / (EPSILON - 1);
const BETA_START = LOG_MAX - 0.5 * BETA_SPAN;
/** Points of the original's sum over a step; both ends count in full. */
const POINTS = 10_000;

function timeOf(sigma: number): number {
  return (Math.sqrt(BETA_START ** 2 + 2 * BETA_SPAN * Math.log(sigma ** 2 + 1)) - BETA_START) / BETA_SPAN;
}

/** d(sigma)/d(time) as the original writes it, through alpha = 1 / (1 + sigma^2). */
function speed(time: number): number {
  const slope = time * BETA_SPAN + BETA_START;
  const alpha = Math.exp(-0.5 * time ** 2 * BETA_SPAN - time * BETA_START);
  return (0.5 * slope) / Math.sqrt(alpha * (1 - alpha));
}

/**
 * Weights of the newest slope and the ones before it for the step from sigmas[index] to sigmas[index + 1] > 0;
 * the first step is Euler's.
 */
export function deisWeights(sigmas: Float32Array, index: number, order: number): number[] {
  const start = sigmas[index]!;
  const end = sigmas[index + 1]!;
  if (order === 1) return [end - start];
  const from = timeOf(start);
  const span = timeOf(end) - from;
  const known = Array.from({ length: order }, (_, k) => timeOf(sigmas[index - k]!));
  const weights = new Array<number>(order).fill(0);
  for (let i = 0; i < POINTS; i++) {
    const time = from + (span * i) / (POINTS - 1);
    const share = (speed(time) * span) / POINTS;
    for (let j = 0; j < order; j++) weights[j]! += share * lagrange(known, j, time);
  }
  return weights;
}
