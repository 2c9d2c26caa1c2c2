/** Sums of scaled latents: all the arithmetic that samplers do on whole pictures. */

export type Term = readonly [weight: number, values: Float32Array];

/**
 * weight * values, summed over the terms, element by element: formed in double and rounded to float32 once.
 * All terms have the same length; the result is a new array.
 */
export function combine(...terms: readonly [Term, ...Term[]]): Float32Array {
  const [[firstWeight, first], ...rest] = terms;
  const sum = new Float32Array(first.length);
  if (rest.length === 0) {
    for (let i = 0; i < sum.length; i++) sum[i] = firstWeight * first[i]!;
    return sum;
  }
  if (rest.length === 1) {
    const [[weight, values]] = rest as unknown as [Term];
    for (let i = 0; i < sum.length; i++) sum[i] = firstWeight * first[i]! + weight * values[i]!;
    return sum;
  }
  for (let i = 0; i < sum.length; i++) {
    let total = firstWeight * first[i]!;
    for (const [weight, values] of rest) total += weight * values[i]!;
    sum[i] = total;
  }
  return sum;
}
