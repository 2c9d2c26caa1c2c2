/**
 * How a graph calculates, which depends on the device that it is for. Inputs and outputs are float32 whatever happens
 * within; which combinations are taken where is decided in `runtime/arithmetic.ts`.
 */
export interface Compute {
  /**
   * `float32` throughout. `float16` (the transformer only): matrices as float16, straight from a file that has them so,
   * and attention with its norms in float16; the stream that all blocks add to, norms, modulation, positions and time in
   * float32, with a Cast before each product. `int8`: float32, but products of 8 bits with the weights that have such a
   * form (`weights/int8-file.ts`).
   */
  readonly arithmetic: 'float32' | 'float16' | 'int8';
  /** Products of 8 bits only tell how far they are from those of float32, with which the graph goes on. */
  readonly measuresError?: boolean;
  /**
   * What becomes of a matrix that the file holds in another type. `waiting`: widened when its product runs, as late as
   * possible (a processor, whose runtime would keep a wider copy of the whole file). `direct`: converted at load.
   * `gathered`: converted when its product runs, by operators that a card has (`waiting` reads a value back from the card
   * for every activation).
   */
  readonly weights: 'waiting' | 'direct' | 'gathered';
  /** The runtime's own operator, or products and a softmax where a device computes that one wrong. */
  readonly attention: 'fused' | 'written';
  /** Where a norm's scale and shift of each picture go: into the norm, or after it where a device cannot broadcast them. */
  readonly normScale: 'inside' | 'outside';
}

/** float32 on a processor, in as little memory as possible. */
export const ON_PROCESSOR: Compute = {
  arithmetic: 'float32',
  weights: 'waiting',
  attention: 'fused',
  normScale: 'inside',
};
