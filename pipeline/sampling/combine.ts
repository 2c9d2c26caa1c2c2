/** Sums of scaled latents: all the arithmetic that samplers do on whole pictures. */

export type Term = readonly [weight: number, values: Float32Array];

/**
 * weight * values, summed over the terms, element by element: formed in double and rounded to float32 once.
 * All terms have the same length; the result is a new array.
 */
export function combine(...terms: readonly [Term, ...Term[]]): Float32Array {
  const [[w0, v0], second, third, ...rest] = terms;
  const sum = new Float32Array(v0.length);
  // Written out for the usual counts of terms, where a loop over them would take three times as long.
  if (second === undefined) {
    for (let i = 0; i < sum.length; i++) sum[i] = w0 * v0[i]!;
    return sum;
  }
  const [w1, v1] = second;
  if (third === undefined) {
    for (let i = 0; i < sum.length; i++) sum[i] = w0 * v0[i]! + w1 * v1[i]!;
    return sum;
  }
  const [w2, v2] = third;
  if (rest.length === 0) {
    for (let i = 0; i < sum.length; i++) sum[i] = w0 * v0[i]! + w1 * v1[i]! + w2 * v2[i]!;
    return sum;
  }
  for (let i = 0; i < sum.length; i++) {
    let total = w0 * v0[i]! + w1 * v1[i]! + w2 * v2[i]!;
    for (let k = 0; k < rest.length; k++) total += rest[k]![0] * rest[k]![1][i]!;
    sum[i] = total;
  }
  return sum;
}
