import { expect, test } from 'vitest';
import { relativeBucket, relativeBuckets } from '../../../pipeline/text/t5-buckets.ts';

test('keys after the query have the upper half, single distances first, then growing ranges', () => {
  const distances = [0, -1, -7, -8, -16, -32, -64, -127, -128, -5000, 1, 7, 8, 16, 128, 5000];
  expect(distances.map((distance) => relativeBucket(distance, 32, 128))).toEqual([
    0, 1, 7, 8, 10, 12, 14, 15, 15, 15, 17, 23, 24, 26, 31, 31,
  ]);
});

test('rows of the matrix are queries, columns keys', () => {
  const length = 40;
  const matrix = relativeBuckets(length, 32, 128);
  expect(matrix).toHaveLength(length * length);
  for (const [query, key] of [
    [0, 39],
    [39, 0],
    [5, 5],
    [12, 20],
  ] as const) {
    expect(matrix[query * length + key]).toBe(relativeBucket(key - query, 32, 128));
  }
});
