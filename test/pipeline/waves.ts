/** Values for tests that are everywhere different, and how far two results are apart. */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';

/** Of about -1.5 .. 1.5. */
export function wave(shape: readonly number[], seed: number): FloatTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  return {
    data: Float32Array.from({ length: count }, (_, i) => 1.5 * Math.sin(i * 1.7 + seed * 2.3 + i * i * 1e-4)),
    shape,
  };
}

/** |a - b| / |b|. */
export function relativeL2(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}
