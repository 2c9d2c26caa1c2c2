/** Reads the values of one stored tensor: for scales, tables and tests. Networks never do this; their graphs map the file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { Fault } from '../../config/faults.ts';
import { elements, type FloatTensor } from '../float-tensor.ts';
import { decode } from './dtypes.ts';
import type { ByteRange, StoredTensor } from './stored-tensor.ts';

/**
 * All values as float32, byte ranges joined along dimension 0, times the scale.
 * @throws Fault weights.unreadable
 */
export function readTensor(tensor: StoredTensor): FloatTensor {
  const data = new Float32Array(elements(tensor.shape));
  let filled = 0;
  for (const range of tensor.ranges) {
    const values = decode(tensor.dtype, readRange(range));
    data.set(values, filled);
    filled += values.length;
  }
  if (filled !== data.length) throw new Error(`${tensor.name}: its slabs are not its shape`);
  const { scale } = tensor;
  if (scale !== undefined) for (let i = 0; i < data.length; i++) data[i]! *= scale;
  return { data, shape: tensor.shape };
}

/** The bytes of one byte range. */
export function readRange(range: ByteRange): Uint8Array {
  const bytes = new Uint8Array(range.length);
  try {
    const descriptor = openSync(range.file, 'r');
    try {
      fill(descriptor, bytes, range.offset);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new Fault('weights.unreadable', { file: range.file, cause: (error as Error).message }, error);
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
