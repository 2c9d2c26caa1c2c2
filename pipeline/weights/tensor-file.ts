/** Opens a file of tensors, safetensors or GGUF, whatever its name: its checked header, and what tells later whether it changed. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';
import { stampOf } from './file-stamp.ts';
import { GGUF_MAGIC, MAX_GGUF_HEADER_BYTES, NeedsMore, parseGguf } from './gguf.ts';
import { headerLength, LENGTH_BYTES, MAX_HEADER_BYTES, parseHeader } from './header.ts';
import { fill } from './read-bytes.ts';
import { otherFile } from './signatures.ts';
import type { StoredTensors } from './stored-tensor.ts';

export interface TensorFile {
  /** The path as it was asked for: what sentences name. */
  readonly given: string;
  /** The real path, without symbolic links: what byte ranges point into. */
  readonly file: string;
  readonly format: 'safetensors' | 'gguf';
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

/** Bytes that are read first: signatures of other files lie in them, and most small headers. */
export const FIRST_BYTES = 4096;

/**
 * Reads and checks the header; no tensor data is read.
 * @throws Fault weights.unreadable, weights.not_a_file, weights.not_a_model, or what the header's reader throws
 */
export function openTensorFile(given: string): TensorFile {
  const { file, descriptor } = open(given);
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    const size = Number(stat.size);
    if (!stat.isFile())
      throw new Fault('weights.not_a_file', {
        file: given,
        allowed: 'a .safetensors or .gguf file, an index, a folder',
      });
    const first = new Uint8Array(Math.min(FIRST_BYTES, size));
    const start = first.subarray(0, first.length === 0 ? 0 : readSync(descriptor, first, 0, first.length, 0));
    const other = otherFile(start, size);
    if (other)
      throw new Fault('weights.not_a_model', { file: given, what: other.what, advice: other.advice });
    const names = { file, given };
    const read = isGguf(start)
      ? readGguf(descriptor, size, names)
      : readSafetensors(descriptor, start, size, names);
    return { given, file, size, stamp: stampOf(stat), ...read };
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(given, error);
  } finally {
    closeSync(descriptor);
  }
}

export function isGguf(start: Uint8Array): boolean {
  return start.length >= 8 && new DataView(start.buffer, start.byteOffset).getUint32(0, true) === GGUF_MAGIC;
}

function readSafetensors(
  descriptor: number,
  start: Uint8Array,
  size: number,
  names: { file: string; given: string },
) {
  const claimed = start.length < LENGTH_BYTES ? 0n : new DataView(start.buffer).getBigUint64(0, true);
  const inside = size - LENGTH_BYTES;
  // A sound beginning whose header goes on beyond the end: the download broke off within the first megabytes.
  if (claimed > inside && claimed <= MAX_HEADER_BYTES && start[LENGTH_BYTES] === 0x7b)
    throw new Fault('weights.truncated', {
      file: names.given,
      size,
      needed: LENGTH_BYTES + Number(claimed),
    });
  if (claimed > MAX_HEADER_BYTES && start[LENGTH_BYTES] !== 0x7b)
    throw new Fault('weights.not_a_model', {
      file: names.given,
      what: 'not a model file that Darkroom knows: neither safetensors nor GGUF',
      advice: '',
    });
  const length = headerLength(start, size, names.given);
  const bytes = new Uint8Array(LENGTH_BYTES + length);
  fill(descriptor, bytes, 0);
  const headerHash = createHash('sha256').update(bytes.subarray(LENGTH_BYTES)).digest('hex');
  return { format: 'safetensors' as const, headerHash, ...parseHeader(bytes, size, names) };
}

function readGguf(descriptor: number, size: number, names: { file: string; given: string }) {
  for (let length = 2 ** 18; ; length *= 4) {
    const bytes = new Uint8Array(Math.min(length, size, MAX_GGUF_HEADER_BYTES));
    fill(descriptor, bytes, 0);
    try {
      const { tensors, metadata } = parseGguf(bytes, size, names);
      const headerHash = createHash('sha256').update(bytes).digest('hex');
      return { format: 'gguf' as const, headerHash, tensors, metadata };
    } catch (error) {
      if (!(error instanceof NeedsMore) || bytes.length < length) throw error;
    }
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
