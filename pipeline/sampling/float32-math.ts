/**
 * Single-precision arithmetic as torch's AVX2 code does it, bit for bit: fused multiply-add, and the Cephes
 * polynomials for log, sin and cos (avx_mathfun) with multiply-adds fused where the compiler fuses them.
 */

const f32 = Math.fround;

/**
 * a*b + c for float32 arguments, rounded once to float32.
 *
 * In double the product is exact and the sum is rounded to 53 bits; rounding that again to 24 bits is wrong
 * only where it lies exactly half-way between two float32 values although the true sum does not.
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const nearest = f32(sum);
  const excess = sum - nearest;
  const other = sum + excess;
  if (excess === 0 || f32(other) !== other) return nearest;
  // A tie: the part of the true sum that the double lost says which side it is on.
  const fromProduct = sum - c;
  const lost = product - fromProduct + (c - (sum - fromProduct));
  if (lost === 0) return nearest;
  return lost > 0 ? Math.max(nearest, other) : Math.min(nearest, other);
}

const bits = new Int32Array(1);
const asFloat = new Float32Array(bits.buffer);

const SQRT_HALF = f32(Math.SQRT1_2);
const LOG_2_LOW = f32(-2.1219444e-4);
const LOG_2_HIGH = f32(0.693359375);
const [L0, L1, L2, L3, L4, L5, L6, L7, L8] = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f32) as [number, number, number, number, number, number, number, number, number];

/** Natural logarithm of a positive normal float32. */
export function log(x: number): number {
  asFloat[0] = x;
  let exponent = (bits[0]! >>> 23) - 126;
  bits[0] = (bits[0]! & 0x007fffff) | 0x3f000000;
  const half = asFloat[0]!; // the mantissa, in [0.5, 1)
  let m = half - 1;
  if (half < SQRT_HALF) {
    exponent -= 1;
    m = f32(m + half);
  }
  const z = f32(m * m);
  let y = fma(L0, m, L1);
  y = fma(y, m, L2);
  y = fma(y, m, L3);
  y = fma(y, m, L4);
  y = fma(y, m, L5);
  y = fma(y, m, L6);
  y = fma(y, m, L7);
  y = fma(y, m, L8);
  y = f32(y * m);
  y = fma(y, z, f32(exponent * LOG_2_LOW));
  y = fma(-z, 0.5, y);
  return fma(exponent, LOG_2_HIGH, f32(m + y));
}

const FOUR_OVER_PI = f32(1.27323954473516);
// A quarter turn in three parts, so that subtracting a multiple of it stays exact.
const [DP1, DP2, DP3] = [-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8].map(f32) as [
  number,
  number,
  number,
];
const [S0, S1, S2] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f32) as [
  number,
  number,
  number,
];
const [C0, C1, C2] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f32) as [
  number,
  number,
  number,
];

export interface SineAndCosine {
  sin: number;
  cos: number;
}

/** Writes sine and cosine of a float32 angle >= 0 (a few turns at most) into `into`, so that nothing is allocated. */
export function sinCos(angle: number, into: SineAndCosine): void {
  const octant = (Math.trunc(f32(angle * FOUR_OVER_PI)) + 1) & ~1;
  const t = fma(DP3, octant, fma(DP2, octant, fma(DP1, octant, angle)));
  const z = f32(t * t);
  let c = f32(fma(fma(C0, z, C1), z, C2) * z);
  c = f32(fma(c, z, -f32(z * 0.5)) + 1);
  let s = f32(fma(fma(S0, z, S1), z, S2) * z);
  s = fma(s, t, t);
  const sine = octant & 2 ? c : s;
  const cosine = (octant - 2) & 2 ? c : s;
  into.sin = octant & 4 ? -sine : sine;
  into.cos = (octant - 2) & 4 ? cosine : -cosine;
}
