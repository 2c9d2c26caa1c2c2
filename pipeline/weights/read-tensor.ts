/** Reads the values of stored tensors: for scales, tables, unpacking and tests. Networks never do this; their graphs map the file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';
import { elements, type FloatTensor } from '../float-tensor.ts';
import { decode } from './dtypes.ts';
import { packedRows } from './packed.ts';
import type { Slab, StoredTensor } from './stored-tensor.ts';

/**
 * All values as float32, slabs joined along dimension 0, times the scale.
 * @throws Fault weights.unreadable
 */
export function readTensor(tensor: StoredTensor): FloatTensor {
  return { data: readRows(tensor, 0, tensor.shape[0] ?? 1), shape: tensor.shape };
}

/** Rows `from` (inclusive) to `to` (exclusive) of dimension 0 as float32. @throws Fault weights.unreadable */
export function readRows(tensor: StoredTensor, from: number, to: number): Float32Array {
  if (tensor.packed) return packedRows(tensor, tensor.packed, from, to);
  const rowSize = elements(tensor.shape.slice(1));
  const data = new Float32Array((to - from) * rowSize);
  let filled = 0;
  let first = 0;
  for (const slab of tensor.slabs) {
    const count = slab.shape[0] ?? 1;
    const begin = Math.max(from - first, 0);
    const end = Math.min(to - first, count);
    if (begin < end) {
      const rowBytes = slab.length / count;
      const bytes = readBytes(slab.file, slab.offset + begin * rowBytes, (end - begin) * rowBytes);
      const values = decode(tensor.dtype, bytes);
      data.set(values, filled);
      filled += values.length;
    }
    first += count;
  }
  if (filled !== data.length) throw new Error(`${tensor.name}: its slabs are not its shape`);
  const { scale } = tensor;
  if (scale !== undefined) for (let i = 0; i < data.length; i++) data[i]! *= scale;
  return data;
}

/** The bytes of one slab. */
export function readSlab(slab: Slab): Uint8Array {
  return readBytes(slab.file, slab.offset, slab.length);
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
