/** A file that an option names, read whole. */
import { readFileSync, statSync } from 'node:fs';
import { LIMITS } from '../../config/defaults.ts';
import { Fault, quote } from '../../config/faults.ts';
import { codeOf } from './write-files.ts';

/**
 * Nothing is read of a file that is too long or none at all.
 * @param given as it was typed, for sentences
 * @throws Fault `file.unreadable`, `image.bytes`
 */
export function readNamedFile(
  option: string,
  given: string,
  path: string,
  most: number = LIMITS.uploadBytes,
): Uint8Array {
  const refuse = (problem: string, cause?: unknown) =>
    new Fault('file.unreadable', { option, file: given, problem }, cause);
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw refuse('does not exist');
    if (!stat.isFile()) throw refuse('is not a file');
    if (stat.size > most)
      throw new Fault('image.bytes', { image: `${option} ${quote(given)}`, bytes: stat.size, limit: most });
    return readFileSync(path);
  } catch (error) {
    throw error instanceof Fault ? error : refuse(`cannot be read (${codeOf(error)})`, error);
  }
}
