/** Guidance whose spread is brought back to that of the positive picture: ComfyUI's `RescaleCFG` (arXiv 2305.08891). */
import type { FloatTensor } from '../float-tensor.ts';

/**
 * @param scale of the guidance
 * @param multiplier how much of the rescaled picture is taken, 0..1
 * @returns the guided picture
 */
export function rescaleGuidance(
  { data, shape }: FloatTensor,
  sigma: number,
  positive: Float32Array,
  negative: Float32Array,
  scale: number,
  multiplier: number,
): Float32Array {
  const [batch = 1] = shape;
  const size = data.length / batch;
  const square = sigma * sigma + 1;
  const guided = new Float32Array(data.length);
  for (let i = 0; i < batch; i++) {
    const from = i * size;
    const to = from + size;
    // As if the network had predicted v.
    const velocity = (seen: Float32Array, at: number) =>
      ((data[at]! / square - seen[at]!) * Math.sqrt(square)) / sigma;
    const plain = new Float64Array(size);
    const wanted = new Float64Array(size);
    for (let at = from; at < to; at++) {
      const cond = velocity(positive, at);
      const uncond = velocity(negative, at);
      wanted[at - from] = cond;
      plain[at - from] = uncond + scale * (cond - uncond);
    }
    const factor = multiplier * (spread(wanted) / spread(plain)) + (1 - multiplier);
    for (let at = from; at < to; at++) {
      guided[at] = data[at]! / square - (plain[at - from]! * factor * sigma) / Math.sqrt(square);
    }
  }
  return guided;
}

/** Standard deviation with n - 1, as torch's `std`. */
function spread(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
