/**
 * The header of a GGUF file, checked as if an enemy had written it. Pure: it sees the first bytes and the file's size.
 * Format: ggml's docs/gguf.md, versions 2 and 3, little-endian. Sides are stored fastest first, the other way round than
 * everywhere else here.
 */
import { Fault } from '../../config/faults.ts';
import { GGML_TYPES, OTHER_GGML_TYPES } from './ggml-types.ts';
import { type FileNames, MAX_DIMENSIONS, MAX_TENSORS } from './header.ts';
import type { DType, StoredTensor, StoredTensors } from './stored-tensor.ts';

/** `GGUF`, as the first four bytes. */
export const GGUF_MAGIC = 0x46554747;
/** A large language model's vocabulary takes 10 MB. */
export const MAX_GGUF_HEADER_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 100_000;
const MAX_ELEMENTS_KEPT = 64;
const DEFAULT_ALIGNMENT = 32;

/** The header goes on beyond the bytes that were given: give more. */
export class NeedsMore extends Error {}

export interface GgufHeader {
  readonly tensors: StoredTensors;
  /** Texts and numbers; of arrays only short ones, joined by commas. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Types of the tensors, as the file calls them, with how many there are of each. */
  readonly types: ReadonlyMap<string, number>;
}

/**
 * @param bytes the file from its first byte on
 * @throws NeedsMore; Fault weights.gguf, weights.truncated, weights.too_many
 */
export function parseGguf(bytes: Uint8Array, fileSize: number, { file, given }: FileNames): GgufHeader {
  const refuse = (reason: string) => new Fault('weights.gguf', { file: given, reason });
  const read = new Cursor(bytes, fileSize, refuse);
  read.u32();
  const version = read.u32();
  if (version === 0x02000000 || version === 0x03000000) throw refuse('it is for big-endian machines');
  if (version !== 2 && version !== 3) throw refuse(`its version is ${version}; allowed: 2 and 3`);
  const count = read.count('tensors');
  const pairs = read.count('metadata entries');
  if (count > MAX_TENSORS) throw new Fault('weights.too_many', { file: given, count, limit: MAX_TENSORS });
  if (count === 0) throw refuse('it has no tensors');
  if (pairs > MAX_ENTRIES) throw refuse(`it has ${pairs} metadata entries; allowed: up to ${MAX_ENTRIES}`);

  const metadata = new Map<string, string>();
  for (let i = 0; i < pairs; i++) {
    const key = read.text();
    const value = read.value(read.u32(), 0);
    if (value !== undefined) metadata.set(key, value);
  }
  const infos = Array.from({ length: count }, () => readInfo(read, refuse));
  const alignment = Number(metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT);
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20)
    throw refuse(`its alignment is ${alignment}`);
  const dataStart = Math.ceil(read.at / alignment) * alignment;
  return { ...place(infos, dataStart, fileSize, metadata, { file, given }), metadata };
}

interface Info {
  readonly name: string;
  /** Slowest side first, as everywhere else. */
  readonly shape: readonly number[];
  readonly type: number;
  /** From the start of the data. */
  readonly offset: number;
}

function readInfo(read: Cursor, refuse: (reason: string) => Fault): Info {
  const name = read.text();
  const dimensions = read.u32();
  if (dimensions > MAX_DIMENSIONS)
    throw refuse(`tensor "${name}" has ${dimensions} sides; allowed: up to ${MAX_DIMENSIONS}`);
  const shape = Array.from({ length: dimensions }, () =>
    read.count(`values on a side of "${name}"`),
  ).reverse();
  return { name, shape, type: read.u32(), offset: read.count(`bytes before "${name}"`) };
}

function place(
  infos: readonly Info[],
  dataStart: number,
  fileSize: number,
  metadata: ReadonlyMap<string, string>,
  { file, given }: FileNames,
): Pick<GgufHeader, 'tensors' | 'types'> {
  const refuse = (reason: string) => new Fault('weights.gguf', { file: given, reason });
  const tensors = new Map<string, StoredTensor>();
  const types = new Map<string, number>();
  let whole = 0;
  for (const { name, shape: stored, type: number, offset } of infos) {
    const type = GGML_TYPES.get(number);
    if (!type) {
      const called = OTHER_GGML_TYPES[number] ?? `number ${number}`;
      throw refuse(`tensor "${name}" has the type ${called}; allowed: ${knownTypes()}`);
    }
    if (tensors.has(name)) throw refuse(`the tensor "${name}" appears twice`);
    const values = product(stored);
    const rows = values / type.values;
    const length = rows * type.bytes;
    if (!Number.isSafeInteger(values) || !Number.isInteger(rows) || (stored.at(-1) ?? 1) % type.values !== 0)
      throw refuse(
        `tensor "${name}" has the shape [${stored}], which is no whole number of ${type.name} blocks`,
      );
    const begin = dataStart + offset;
    if (!Number.isSafeInteger(begin + length)) throw refuse(`tensor "${name}" lies outside of every file`);
    whole = Math.max(whole, begin + length);
    types.set(type.name, (types.get(type.name) ?? 0) + 1);

    // Shapes that blocks do not fit are stored otherwise, and the true one beside it (city96's converter).
    const said = metadata.get(`comfy.gguf.orig_shape.${name}`)?.split(',').map(Number);
    if (said && product(said) !== values)
      throw refuse(`tensor "${name}" is said to have the shape [${said}]`);
    const shape = said ?? stored;
    const range = { file, offset: begin, length, shape };
    tensors.set(
      name,
      type.values === 1
        ? { name, dtype: type.name as DType, shape, ranges: [range] }
        : { name, dtype: 'F16', shape, ranges: [], packed: { how: 'blocks', type: type.name, range } },
    );
  }
  if (whole > fileSize) throw new Fault('weights.truncated', { file: given, size: fileSize, needed: whole });
  return { tensors, types };
}

function knownTypes(): string {
  return [...GGML_TYPES.values()].map(({ name }) => name).join(', ');
}

function product(sides: readonly number[]): number {
  return sides.reduce((all, side) => all * side, 1);
}

const FIXED: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const TEXT = 8;
const ARRAY = 9;

/** Reads one thing after another, never beyond the file. */
class Cursor {
  at = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly fileSize: number;
  private readonly refuse: (reason: string) => Fault;

  constructor(bytes: Uint8Array, fileSize: number, refuse: (reason: string) => Fault) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.fileSize = fileSize;
    this.refuse = refuse;
  }

  /** The place of the next `length` bytes, which are stepped over. */
  private take(length: number): number {
    const from = this.at;
    const end = from + length;
    if (end > this.fileSize)
      throw this.refuse('its header goes on beyond its end: the download did not finish');
    if (end > MAX_GGUF_HEADER_BYTES)
      throw this.refuse(`its header is longer than ${MAX_GGUF_HEADER_BYTES} bytes`);
    if (end > this.bytes.length) throw new NeedsMore();
    this.at = end;
    return from;
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** A 64-bit number that must be exact as a double. */
  count(of: string): number {
    const value = this.view.getBigUint64(this.take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.refuse(`it claims ${value} ${of}`);
    return Number(value);
  }

  text(): string {
    const length = this.count('letters');
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  /** A metadata value as text; nothing for arrays too long to be of use. */
  value(type: number, depth: number): string | undefined {
    if (type === TEXT) return this.text();
    if (type === ARRAY) return this.array(depth);
    const size = FIXED[type];
    if (size === undefined) throw this.refuse(`a metadata value has the type ${type}`);
    const at = this.take(size);
    switch (type) {
      case 0:
      case 7:
        return String(this.view.getUint8(at));
      case 1:
        return String(this.view.getInt8(at));
      case 2:
        return String(this.view.getUint16(at, true));
      case 3:
        return String(this.view.getInt16(at, true));
      case 4:
        return String(this.view.getUint32(at, true));
      case 5:
        return String(this.view.getInt32(at, true));
      case 6:
        return String(this.view.getFloat32(at, true));
      case 10:
        return String(this.view.getBigUint64(at, true));
      case 11:
        return String(this.view.getBigInt64(at, true));
      default:
        return String(this.view.getFloat64(at, true));
    }
  }

  private array(depth: number): string | undefined {
    const type = this.u32();
    const length = this.count('values in a list');
    const size = FIXED[type];
    if (size !== undefined && length > MAX_ELEMENTS_KEPT) {
      this.take(length * size);
      return undefined;
    }
    if (type === ARRAY && depth > 3) throw this.refuse('its metadata is nested deeper than 4 levels');
    const kept: string[] = [];
    for (let i = 0; i < length; i++) {
      const value = this.value(type, depth + 1);
      if (value !== undefined && kept.length < MAX_ELEMENTS_KEPT) kept.push(value);
    }
    return length > MAX_ELEMENTS_KEPT ? undefined : kept.join(',');
  }
}
