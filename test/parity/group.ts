/** The shape of a parity group: one stage of the pipeline compared with one set of reference files. */
import type { Reference } from './reference.ts';

/** One printed line. `name` is the group's, or `group/what` for a part that is skipped or failed on its own. */
export interface ParityLine {
  readonly name: string;
  readonly status: 'pass' | 'fail' | 'skip';
  /** What was measured, in print order: `{max_abs: 1.2e-6, rel_l2: 8e-7}`, `{max_diff: 1}` or `{exact: true}`. */
  readonly figures: Readonly<Record<string, number | boolean>>;
  /** Why it failed or was skipped: the first offending case, tensor and figures. */
  readonly note?: string;
}

/**
 * Compares one stage with the files under `reference`; returns no line when its files are not there.
 * Every geometry, case, prompt and tolerance comes from the files.
 */
export type ParityGroup = (reference: Reference) => Promise<readonly ParityLine[]>;
