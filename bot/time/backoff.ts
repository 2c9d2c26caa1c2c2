/** How long to wait before something that failed is tried again: ever longer, within a limit. */

export interface Backoff {
  /** Milliseconds after the first failure. */
  readonly first: number;
  readonly longest: number;
  /** How many times as long after each failure more: 2 unless given. */
  readonly growth?: number;
}

/** Milliseconds. @param failures in a row; 0 waits for nothing */
export function backoff({ first, longest, growth = 2 }: Backoff, failures: number): number {
  return failures <= 0 ? 0 : Math.min(longest, first * growth ** (failures - 1));
}
