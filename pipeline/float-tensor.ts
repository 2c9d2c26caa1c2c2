/** A tensor in memory: row-major float32 values and their shape. Latents and images are NCHW. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Number of elements of a shape (1 for a scalar's empty shape). */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
