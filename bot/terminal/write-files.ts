/** Files the terminal writes: proven possible before anything is rendered, and written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Fault } from '../../config/faults.ts';

/** @throws Fault `option.value`, `file.unwritable` */
export function checkWritableFile(option: string, path: string, ending: string): void {
  if (extname(path).toLowerCase() !== ending) {
    throw new Fault('option.value', { option, value: path, allowed: `a file name that ends in ${ending}` });
  }
  const refuse = (problem: string) => new Fault('file.unwritable', { option, file: path, problem });
  if (existsSync(path) && !statSync(path).isFile())
    throw refuse('something that is not a file has that name');
  const folder = dirname(path);
  if (!isFolder(folder)) throw refuse('its folder does not exist');
  if (!isWritable(folder)) throw refuse('its folder may not be written to');
}

/** A folder that exists and may be written to, or that can be made. @throws Fault `file.unwritable` */
export function checkWritableFolder(option: string, path: string): void {
  const refuse = (problem: string) => new Fault('file.unwritable', { option, file: path, problem });
  if (existsSync(path) && !isFolder(path)) throw refuse('a file has that name');
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  if (!isFolder(existing)) throw refuse('a file stands where a folder must be');
  if (!isWritable(existing)) throw refuse('the folder may not be written to');
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
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeFailed(path, error);
  }
}

function writeFailed(file: string, error: unknown): Fault {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Fault('file.write_failed', { file, problem: code ?? message }, error);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
