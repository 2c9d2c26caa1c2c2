/** Whether a processor has the memory to be as fast as it can: weights as float32 in the order in which it multiplies. */

import { elements } from '../float-tensor.ts';
import type { StoredTensors } from '../weights/stored-tensor.ts';

/** Part of the memory that is free which one network may take for speed alone. */
const SHARE = 1 / 4;
/** Weights that always have room: 64 MiB as float32, six of the built-in model's networks. */
const SMALL = 64 * 2 ** 20;

/** @param working bytes besides the weights that speed takes as well */
export function hasRoom(tensors: StoredTensors, working: number, available = availableMemory()): boolean {
  return isSmall(tensors) || widened(tensors) + working <= available * SHARE;
}

/** So small that giving its memory back between two pictures costs more than it is worth. */
export function isSmall(tensors: StoredTensors): boolean {
  return widened(tensors) <= SMALL;
}

/** Bytes as float32. */
export function widened(tensors: StoredTensors): number {
  let bytes = 0;
  for (const { shape } of tensors.values()) bytes += 4 * elements(shape);
  return bytes;
}

/** Bytes that this process may still take, within its control group. */
function availableMemory(): number {
  const { availableMemory: ask } = process as { availableMemory?: () => number };
  return ask?.() ?? 0;
}
