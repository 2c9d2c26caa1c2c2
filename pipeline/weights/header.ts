/**
 * The header of a safetensors file, checked as if an enemy had written it: every name, type, shape and byte range
 * is proven before anyone maps a byte. Pure: it sees the header's bytes and the file's size, never the file.
 *
 * Format: https://github.com/huggingface/safetensors#format. Like the Rust reader it demands that the tensors cover
 * the data section exactly, without overlap and without a hole.
 */
import { Fault } from '../../config/faults.ts';
import { BYTES_PER_ELEMENT, isDType } from './dtypes.ts';
import type { DType, StoredTensor, StoredTensors } from './stored-tensor.ts';
import {
  isObject,
  JsonRefusal,
  parseStrictJson,
  type StrictObject,
  type StrictValue,
} from './strict-json.ts';

export const MAX_HEADER_BYTES = 25 * 1024 * 1024;
export const MAX_TENSORS = 100_000;
export const MAX_DIMENSIONS = 8;
/** Bytes before the JSON: its length as a little-endian unsigned 64-bit number. */
export const LENGTH_BYTES = 8;

export interface Header {
  readonly tensors: StoredTensors;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The names that a file goes by: its real path for reading, and the path that was asked for, for sentences. */
export interface FileNames {
  readonly file: string;
  readonly given: string;
}

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The length of the JSON that follows the first eight bytes.
 * @param start the file's first eight bytes (fewer when the file is shorter)
 * @throws Fault weights.header_size
 */
export function headerLength(start: Uint8Array, fileSize: number, given: string): number {
  const refuse = (length: string) =>
    new Fault('weights.header_size', { file: given, length, limit: MAX_HEADER_BYTES });
  if (start.length < LENGTH_BYTES || fileSize < LENGTH_BYTES) throw refuse('fewer than 8');
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length < 2n || length > BigInt(Math.min(MAX_HEADER_BYTES, fileSize - LENGTH_BYTES)))
    throw refuse(String(length));
  return Number(length);
}

/**
 * Reads and proves a header.
 * @param bytes the file from its first byte to at least the end of the header
 * @param fileSize the whole file's size in bytes
 * @throws Fault weights.*
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, names: FileNames): Header {
  const { given } = names;
  const length = headerLength(bytes, fileSize, given);
  const dataStart = LENGTH_BYTES + length;
  if (bytes.length < dataStart) throw new Error('parseHeader needs the whole header');
  const members = readObject(bytes.subarray(LENGTH_BYTES, dataStart), given);
  const metadata = readMetadata(members.get('__metadata__'), given);
  const count = members.size - (members.has('__metadata__') ? 1 : 0);
  if (count > MAX_TENSORS) throw new Fault('weights.too_many', { file: given, count, limit: MAX_TENSORS });

  const entries: Entry[] = [];
  for (const [name, value] of members)
    if (name !== '__metadata__') entries.push(readEntry(name, value, given));
  proveWhole(entries, dataStart, fileSize, given);
  proveCoverage(entries, dataStart, fileSize, given);
  const tensors = new Map(entries.map((entry) => [entry.name, stored(entry, dataStart, names.file)]));
  return { tensors, metadata };
}

function stored({ name, dtype, shape, begin, end }: Entry, dataStart: number, file: string): StoredTensor {
  return { name, dtype, shape, slabs: [{ file, offset: dataStart + begin, length: end - begin, shape }] };
}

function readObject(json: Uint8Array, given: string): StrictObject {
  const refuse = (reason: string) => new Fault('weights.header_json', { file: given, reason });
  if (json[0] !== 0x7b) throw refuse('it does not begin with {');
  try {
    const value = parseStrictJson(json);
    if (!isObject(value)) throw refuse('it is not an object');
    return value;
  } catch (error) {
    throw error instanceof JsonRefusal ? refuse(error.message) : error;
  }
}

function readMetadata(value: StrictValue | undefined, given: string): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  const refuse = (reason: string) => new Fault('weights.header_json', { file: given, reason });
  if (value === undefined) return metadata;
  if (!isObject(value)) throw refuse('__metadata__ is not an object');
  for (const [key, text] of value) {
    if (typeof text !== 'string') throw refuse(`"${key}" in __metadata__ is not a string`);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: StrictValue, given: string): Entry {
  const refuse = (field: string, found: StrictValue | undefined, allowed: string) =>
    new Fault('weights.entry', { file: given, tensor: name, field, value: describe(found), allowed });
  if (!isObject(value)) throw refuse('description', value, 'an object with dtype, shape and data_offsets');

  const dtype = value.get('dtype');
  if (!isDType(dtype)) throw refuse('dtype', dtype, Object.keys(BYTES_PER_ELEMENT).join(', '));
  const shape = value.get('shape');
  if (!isCounts(shape) || shape.length > MAX_DIMENSIONS)
    throw refuse('shape', shape, `up to ${MAX_DIMENSIONS} whole numbers from 0`);
  const offsets = value.get('data_offsets');
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [1, 0];
  if (begin! > end!) throw refuse('data_offsets', offsets, 'two whole numbers, first byte and end');

  const length = end! - begin!;
  if (byteLength(shape, dtype) !== length)
    throw new Fault('weights.length', { file: given, tensor: name, shape: `[${shape}]`, dtype, length });
  return { name, dtype, shape, begin: begin!, end: end! };
}

/** An unfinished download has the whole header and only a part of what it lists. */
function proveWhole(entries: readonly Entry[], dataStart: number, fileSize: number, given: string): void {
  const needed = dataStart + entries.reduce((most, { end }) => Math.max(most, end), 0);
  if (needed > fileSize) throw new Fault('weights.truncated', { file: given, size: fileSize, needed });
}

/** Sorted by place, each tensor must begin where the one before ended, and the last one end with the file. */
function proveCoverage(entries: readonly Entry[], dataStart: number, fileSize: number, given: string): void {
  const sorted = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  const hole = (tensor: string, from: number, to: number) =>
    new Fault('weights.hole', { file: given, tensor, from: dataStart + from, to: dataStart + to });
  let reached = 0;
  let last = '';
  for (const { name, begin, end } of sorted) {
    if (begin < reached) throw new Fault('weights.overlap', { file: given, tensor: name, other: last });
    if (begin > reached) throw hole(name, reached, begin);
    reached = end;
    last = name;
  }
  if (dataStart + reached !== fileSize) throw hole(last, reached, fileSize - dataStart);
}

/** Bytes that a tensor takes, or NaN where the product leaves the whole numbers a double holds. */
function byteLength(shape: readonly number[], dtype: DType): number {
  let count = 1;
  for (const side of shape) {
    count *= side;
    if (!Number.isSafeInteger(count)) return Number.NaN;
  }
  const bytes = count * BYTES_PER_ELEMENT[dtype];
  return Number.isSafeInteger(bytes) ? bytes : Number.NaN;
}

function isCounts(value: StrictValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0) && (value as number) >= 0;
}

function describe(value: StrictValue | undefined): string {
  if (value === undefined) return '(none)';
  if (isObject(value)) return 'an object';
  return Array.isArray(value) ? `[${value.slice(0, 12).map(describe)}]` : JSON.stringify(value);
}
