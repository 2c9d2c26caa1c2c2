/** Opens a safetensors file: its checked header as stored tensors, and what tells later whether the file changed. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';
import { stampOf } from './file-stamp.ts';
import { headerLength, LENGTH_BYTES, parseHeader } from './header.ts';
import { fill } from './read-tensor.ts';
import type { StoredTensors } from './stored-tensor.ts';

export interface SafetensorsFile {
  /** The path as it was asked for: what sentences name. */
  readonly given: string;
  /** The real path, without symbolic links: what byte ranges point into. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Of the file as it was read (`file-stamp.ts`). */
  readonly stamp: string;
  /** sha256 of the header's JSON, hexadecimal: the same for files of the same names, types, shapes and places. */
  readonly headerHash: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** Every tensor in the file, each one byte range, by its name in the file. */
  readonly tensors: StoredTensors;
}

/**
 * Reads and checks the header; no tensor data is read.
 * @throws Fault weights.unreadable, weights.not_a_file, or what `parseHeader` throws
 */
export function openSafetensors(given: string): SafetensorsFile {
  const { file, descriptor } = open(given);
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    const size = Number(stat.size);
    if (!stat.isFile())
      throw new Fault('weights.not_a_file', {
        file: given,
        allowed: 'a .safetensors file, an index, a folder',
      });
    const start = new Uint8Array(LENGTH_BYTES);
    const got = readSync(descriptor, start, 0, LENGTH_BYTES, 0);
    const length = headerLength(start.subarray(0, got), size, given);
    const bytes = new Uint8Array(LENGTH_BYTES + length);
    fill(descriptor, bytes, 0);
    const header = parseHeader(bytes, size, { file, given });
    const headerHash = createHash('sha256').update(bytes.subarray(LENGTH_BYTES)).digest('hex');
    return {
      given,
      file,
      size,
      stamp: stampOf(stat),
      headerHash,
      ...header,
    };
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(given, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Without waiting: opening a named pipe would otherwise hang until someone writes to it. */
function open(given: string): { file: string; descriptor: number } {
  try {
    const file = realpathSync(given);
    return { file, descriptor: openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)) };
  } catch (error) {
    throw unreadable(given, error);
  }
}

/** The fault for a path that the system refuses; its sentence carries the system's code, such as ENOENT. */
export function unreadable(given: string, error: unknown): Fault {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Fault('weights.unreadable', { file: given, cause: code ?? message }, error);
}
