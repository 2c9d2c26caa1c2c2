/** Reads byte ranges of files. */
import { closeSync, openSync, readSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';
import type { ByteRange } from './stored-tensor.ts';

/** The bytes of one byte range. */
export function readRange(range: ByteRange): Uint8Array {
  return readBytes(range.file, range.offset, range.length);
}

/** @throws Fault weights.unreadable */
export function readBytes(file: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    const descriptor = openSync(file, 'r');
    try {
      fill(descriptor, bytes, offset);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new Fault('weights.unreadable', { file, cause: (error as Error).message }, error);
  }
  return bytes;
}

/** Fills all of `bytes` from `position` on; a read may give less than was asked for, a shrunken file gives nothing. */
export function fill(descriptor: number, bytes: Uint8Array, position: number): void {
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(descriptor, bytes, filled, bytes.length - filled, position + filled);
    if (count === 0) throw new Error('the file became shorter while it was read');
    filled += count;
  }
}
