/** Guidance whose spread is brought back to that of the positive picture: ComfyUI's `RescaleCFG` on a flow (arXiv 2305.08891). */
import { combine } from './combine.ts';

/** What keeps a picture without any spread from being divided by. */
const LEAST_SPREAD = 1e-8;

/**
 * @param shape of the latent batch, N first; each picture has a spread of its own
 * @param scale of the guidance
 * @param multiplier how much of the rescaled picture is taken, 0..1
 * @returns the guided picture
 */
export function rescaleGuidance(
  shape: readonly number[],
  positive: Float32Array,
  negative: Float32Array,
  scale: number,
  multiplier: number,
): Float32Array {
  const [batch = 1] = shape;
  const size = positive.length / batch;
  const guided = combine([scale, positive], [1 - scale, negative]);
  for (let from = 0; from < guided.length; from += size) {
    const own = guided.subarray(from, from + size);
    const wanted = spread(positive.subarray(from, from + size));
    const factor = multiplier * (wanted / Math.max(spread(own), LEAST_SPREAD)) + (1 - multiplier);
    for (let i = 0; i < size; i++) own[i]! *= factor;
  }
  return guided;
}

/** Standard deviation with n - 1, as torch's `std`. */
function spread(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
