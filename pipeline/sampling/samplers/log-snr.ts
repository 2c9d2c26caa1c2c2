/** Noise level as lambda = log((1 - sigma) / sigma), half the log of the signal-to-noise ratio of a rectified flow. */
import { Flow } from '../flow.ts';

/** ComfyUI's `sigma_to_half_log_snr`; 0 < sigma < 1. */
export function logSnr(sigma: number): number {
  return Math.log((1 - sigma) / sigma);
}

/** ComfyUI's `half_log_snr_to_sigma`, as a float32 value. */
export function sigmaOf(lambda: number): number {
  return Math.fround(1 / (1 + Math.exp(lambda)));
}

/** The sigmas with a first one of 1, whose lambda is infinite, brought just below: `offset_first_sigma_for_snr`. */
export function belowOne(sigmas: Float32Array, shift: number): Float32Array {
  if (sigmas[0]! < 1) return sigmas;
  const moved = sigmas.slice();
  moved[0] = new Flow(shift).percentToSigma(1e-4);
  return moved;
}
