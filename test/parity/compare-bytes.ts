/** How two 8-bit pictures differ: the two measures that the reference's tolerances for pictures are written in. */
import type { Tolerance } from './reference.ts';

export interface ByteDifference {
  /** Largest |a-b|. */
  readonly max_diff: number;
  /** Part of all values that are not equal. */
  readonly fraction_differing: number;
}

/** Another length is an infinite difference. */
export function compareBytes(ours: ArrayLike<number>, theirs: ArrayLike<number>): ByteDifference {
  if (ours.length !== theirs.length) return { max_diff: Infinity, fraction_differing: 1 };
  let max = 0;
  let differing = 0;
  for (let i = 0; i < theirs.length; i++) {
    const d = Math.abs(ours[i]! - theirs[i]!);
    if (d > 0) differing++;
    if (d > max) max = d;
  }
  return { max_diff: max, fraction_differing: differing / Math.max(theirs.length, 1) };
}

/** True when every limit that the tolerance names holds. */
export function bytesWithin(difference: ByteDifference, tolerance: Tolerance): boolean {
  return (
    difference.max_diff <= (tolerance.max_diff ?? Infinity) &&
    difference.fraction_differing <= (tolerance.max_fraction_differing ?? Infinity)
  );
}
