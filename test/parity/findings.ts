/** Collects the comparisons of one parity group into its line: the worst figures, and the first offender. */
import { compare, type Difference, within, worst } from './compare.ts';
import type { ParityLine } from './group.ts';
import type { Tolerance } from './reference.ts';

export class Findings {
  private figures: Difference = { max_abs: 0, rel_l2: 0 };
  private count = 0;
  private offender: string | undefined;

  /** Compares two tensors of equal length under the tolerance. */
  expect(what: string, ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: Tolerance): void {
    const difference = compare(ours, theirs);
    this.figures = worst(this.figures, difference);
    this.require(
      within(difference, tolerance),
      `${what}: max_abs ${difference.max_abs.toExponential(2)}, rel_l2 ${difference.rel_l2.toExponential(2)}`,
    );
  }

  /** Something that is either so or not. */
  require(holds: boolean, what: string): void {
    this.count++;
    if (!holds) this.offender ??= what;
  }

  /** No line where nothing was compared. */
  lines(name: string): ParityLine[] {
    if (this.count === 0) return [];
    const status = this.offender === undefined ? 'pass' : 'fail';
    return [
      {
        name,
        status,
        figures: { ...this.figures },
        ...(this.offender === undefined ? {} : { note: this.offender }),
      },
    ];
  }
}
