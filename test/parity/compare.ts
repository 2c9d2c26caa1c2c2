/** How two tensors differ: the two measures that the reference's tolerances are written in. */
import type { Tolerance } from './reference.ts';

export interface Difference {
  /** Largest |a-b|. */
  readonly max_abs: number;
  /** ||a-b|| / ||b|| over the whole tensor. */
  readonly rel_l2: number;
}

type Numbers = ArrayLike<number>;

/** NaN anywhere, or another length, is an infinite difference. */
export function compare(ours: Numbers, theirs: Numbers): Difference {
  if (ours.length !== theirs.length) return { max_abs: Infinity, rel_l2: Infinity };
  let max = 0;
  let square = 0;
  let norm = 0;
  for (let i = 0; i < theirs.length; i++) {
    const d = Math.abs(ours[i]! - theirs[i]!);
    if (Number.isNaN(d)) return { max_abs: Infinity, rel_l2: Infinity };
    if (d > max) max = d;
    square += d * d;
    norm += theirs[i]! * theirs[i]!;
  }
  return { max_abs: max, rel_l2: norm === 0 ? Math.sqrt(square) : Math.sqrt(square / norm) };
}

/** True when every limit that the tolerance names holds. */
export function within(difference: Difference, tolerance: Tolerance): boolean {
  return (
    difference.max_abs <= (tolerance.max_abs ?? Infinity) &&
    difference.rel_l2 <= (tolerance.rel_l2 ?? Infinity)
  );
}

/** The larger of each measure, for one figure over many tensors. */
export function worst(a: Difference, b: Difference): Difference {
  return { max_abs: Math.max(a.max_abs, b.max_abs), rel_l2: Math.max(a.rel_l2, b.rel_l2) };
}
