/** The straight line from a noisy latent to the picture in it, along which first-order steps go. */
import { combine } from '../combine.ts';

/** dx/dsigma = (x - denoised) / sigma: k-diffusion's `to_d`. sigma > 0. */
export function derivative(x: Float32Array, denoised: Float32Array, sigma: number): Float32Array {
  return combine([1 / sigma, x], [-1 / sigma, denoised]);
}

/** x at `next` on the line through x at sigma and `denoised` at 0; exactly `denoised` for next = 0. */
export function alongLine(
  x: Float32Array,
  denoised: Float32Array,
  sigma: number,
  next: number,
): Float32Array {
  return combine([next / sigma, x], [1 - next / sigma, denoised]);
}
