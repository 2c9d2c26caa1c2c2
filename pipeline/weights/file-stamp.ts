/** Whether a file is still the one that was read. */
import { type BigIntStats, statSync } from 'node:fs';

/**
 * Changes when a file is replaced, written to, or restored to an older state: whoever sets the time of the last
 * change back does not set back the time of that. Times are in nanoseconds, as exact as the file system keeps them.
 */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** The stamp that a file has now; nothing where there is none. */
export function currentStamp(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && stampOf(stat);
}
