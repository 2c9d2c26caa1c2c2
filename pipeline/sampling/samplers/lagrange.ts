/** Polynomials through given points, and their integrals. */

/** At `tau`, the Lagrange polynomial that is 1 at points[j] and 0 at the other points. */
export function lagrange(points: readonly number[], j: number, tau: number): number {
  return points.reduce(
    (product, point, k) => (k === j ? product : (product * (tau - point)) / (points[j]! - point)),
    1,
  );
}

const GAUSS_POINT = 1 / Math.sqrt(3);

/**
 * Integral from `start` to `end` of each of the Lagrange polynomials over `points` (at most 4: two Gauss points
 * are exact up to degree 3). k-diffusion's `linear_multistep_coeff`.
 */
export function lagrangeWeights(points: readonly number[], start: number, end: number): number[] {
  const middle = (start + end) / 2;
  const half = (end - start) / 2;
  return points.map(
    (_, j) =>
      half *
      (lagrange(points, j, middle - half * GAUSS_POINT) + lagrange(points, j, middle + half * GAUSS_POINT)),
  );
}
