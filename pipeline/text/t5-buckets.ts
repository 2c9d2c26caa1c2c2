/** T5's relative positions: which of the learned attention biases a query and a key at some distance share. */

/**
 * The bucket of (key position - query position): `_relative_position_bucket` of the T5 code, bidirectional.
 * Half of the buckets serve keys after the query; in each half the first half are single distances, the rest
 * grow logarithmically up to `maxDistance`. Result 0 .. buckets-1.
 */
export function relativeBucket(distance: number, buckets: number, maxDistance: number): number {
  const half = Math.floor(buckets / 2);
  const side = distance > 0 ? half : 0;
  const steps = Math.abs(distance);
  const exact = Math.floor(half / 2);
  if (steps < exact) return side + steps;
  // torch takes both logarithms and the quotient in float32; at powers of two that decides the bucket.
  const octaves = Math.fround(Math.log(Math.fround(steps / exact)));
  const share = Math.fround(octaves / Math.fround(Math.log(maxDistance / exact)));
  const large = exact + Math.trunc(Math.fround(share * (half - exact)));
  return side + Math.min(large, half - 1);
}

/** Buckets of every (query, key) of a text of `length` tokens: [length, length], row-major, rows are queries. */
export function relativeBuckets(length: number, buckets: number, maxDistance: number): Int32Array {
  const byDistance = Int32Array.from({ length: 2 * length - 1 }, (_, i) =>
    relativeBucket(i - (length - 1), buckets, maxDistance),
  );
  const matrix = new Int32Array(length * length);
  for (let query = 0; query < length; query++) {
    const first = length - 1 - query;
    matrix.set(byDistance.subarray(first, first + length), query * length);
  }
  return matrix;
}
