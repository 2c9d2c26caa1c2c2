/**
 * Looks for values that are infinite or no numbers. A whole model takes seconds to minutes to read, so this is done only
 * where a network gave no numbers, and by `models -- check`.
 */

import { Fault } from '../../config/faults.ts';
import { elements } from '../float-tensor.ts';
import { readRows } from './read-tensor.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';
import { slabsOf } from './unpack.ts';

const CHUNK_ELEMENTS = 2 ** 22;

/** The fault that names the first such tensor of these networks, or nothing. @throws Fault weights.unreadable */
export function brokenWeights(
  networks: readonly ({ readonly tensors: StoredTensors } | undefined)[],
): Fault | undefined {
  for (const network of networks)
    for (const tensor of network?.tensors.values() ?? []) {
      const index = firstBroken(tensor);
      if (index === undefined) continue;
      const file = slabsOf(tensor)[0]!.file;
      return new Fault('weights.not_numbers', { file, tensor: tensor.name, index });
    }
  return undefined;
}

/** Where the first value lies that is infinite or no number, counted from 0. */
function firstBroken(tensor: StoredTensor): number | undefined {
  const count = tensor.shape[0] ?? 1;
  const rowSize = Math.max(1, elements(tensor.shape.slice(1)));
  const rows = Math.max(1, Math.floor(CHUNK_ELEMENTS / rowSize));
  for (let row = 0; row < count; row += rows) {
    const values = readRows(tensor, row, Math.min(count, row + rows));
    const place = values.findIndex((value) => !Number.isFinite(value));
    if (place >= 0) return row * rowSize + place;
  }
  return undefined;
}
