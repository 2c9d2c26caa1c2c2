/** One safetensors file of reference tensors, read by name. */
import type { FloatTensor } from '../../pipeline/float-tensor.ts';
import { readSlab, readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import type { StoredTensor } from '../../pipeline/weights/stored-tensor.ts';
import type { Reference } from './reference.ts';

export interface Golden {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** As float32, whatever the stored type. */
  tensor(name: string): FloatTensor;
  /** An F64 tensor's values, unrounded. */
  doubles(name: string): Float64Array;
}

export function openGolden(reference: Reference, ...parts: string[]): Golden {
  return openTensors(reference, 'golden', ...parts);
}

/** Any tensor file of the reference. */
export function openTensors(reference: Reference, ...parts: string[]): Golden {
  const path = reference.path(...parts);
  const { tensors } = openSafetensors(path);
  const stored = (name: string): StoredTensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`${path} has no tensor ${name}`);
    return found;
  };
  return {
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    tensor: (name) => readTensor(stored(name)),
    doubles: (name) => new Float64Array(readSlab(stored(name).slabs[0]!).slice().buffer),
  };
}
