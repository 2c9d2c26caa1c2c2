/** Files the terminal writes: proven possible before anything is rendered, and written whole or not at all. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Fault } from '../../config/faults.ts';

/**
 * @param given what was typed, where that is not the path itself
 * @throws Fault `option.value`, `file.unwritable`
 */
export function checkWritableFile(option: string, path: string, ending: string, given = path): void {
  if (extname(path).toLowerCase() !== ending) {
    throw new Fault('option.value', { option, value: given, allowed: `a file name that ends in ${ending}` });
  }
  const refuse = refusal(option, path);
  const there = look(path, refuse);
  if (there !== undefined && !there.isFile()) throw refuse('something that is not a file has that name');
  const folder = dirname(path);
  if (!look(folder, refuse)?.isDirectory()) throw refuse('its folder does not exist');
  if (!isWritable(folder)) throw refuse('its folder may not be written to');
}

/** A folder that exists and may be written to, or that can be made. @throws Fault `file.unwritable` */
export function checkWritableFolder(option: string, path: string): void {
  const refuse = refusal(option, path);
  let existing = path;
  while (look(existing, refuse) === undefined) existing = dirname(existing);
  if (!look(existing, refuse)?.isDirectory()) throw refuse('a file stands where a folder must be');
  if (!isWritable(existing)) throw refuse('the folder may not be written to');
}

type Refuse = (problem: string, cause?: unknown) => Fault;

const refusal =
  (option: string, file: string): Refuse =>
  (problem, cause) =>
    new Fault('file.unwritable', { option, file, problem }, cause);

/** What is there, or undefined where nothing is. */
function look(path: string, refuse: Refuse): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw refuse(`the system refuses that path (${codeOf(cause)})`, cause);
  }
}

/** Makes the folder where there is none. @throws Fault `file.write_failed` */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw writeFailed(path, error);
  }
}

/** Under another name first, then renamed: whoever looks sees the old file or the new, never half of one. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(dirname(path), '.darkroom-'));
    const temporary = join(folder, basename(path));
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    throw writeFailed(path, error);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function writeFailed(file: string, error: unknown): Fault {
  return new Fault('file.write_failed', { file, problem: codeOf(error) }, error);
}

/** The system's code, such as ENOSPC. */
export function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
