/** One network's tensors as a file holds them, seen by their official names. */
import { Fault } from '../../config/faults.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';

export interface Part {
  /** The file or folder, as the user named it. */
  readonly given: string;
  /** What sentences call the network: `MMDiT`, `VAE`, `CLIP-L`. */
  readonly network: string;
  /** By official name, not yet checked for completeness; there may be more than the network needs. */
  readonly tensors: StoredTensors;
  /** What the file itself calls the tensor of that official name: with a prefix, or as diffusers does. */
  nameInFile(official: string): string;
}

/** @throws Fault weights.missing_tensor */
export function tensorOf(part: Part, official: string): StoredTensor {
  const tensor = part.tensors.get(official);
  if (tensor) return tensor;
  const { given, network } = part;
  throw new Fault('weights.missing_tensor', { file: given, tensor: part.nameInFile(official), network });
}

/**
 * The shape of a tensor that a geometry is read from.
 * @param sides what the sides are, for the sentence: `['hidden', 'channels', '3', '3']`; a number must be equal
 * @throws Fault weights.missing_tensor, weights.wrong_shape where the rank differs or a side is 0
 */
export function shapeOf(
  part: Part,
  official: string,
  sides: readonly (string | number)[],
): readonly number[] {
  const { shape } = tensorOf(part, official);
  const fits = sides.every((side, i) => (typeof side === 'number' ? shape[i] === side : shape[i]! > 0));
  if (shape.length !== sides.length || !fits) throw wrongShape(part, official, sides);
  return shape;
}

export function wrongShape(part: Part, official: string, expected: readonly (string | number)[]): Fault {
  return new Fault('weights.wrong_shape', {
    file: part.given,
    tensor: part.nameInFile(official),
    shape: `[${part.tensors.get(official)?.shape ?? ''}]`,
    expected: `[${expected}]`,
  });
}

/**
 * Counts `PREFIX0.`, `PREFIX1.`, ... among the names.
 * @param marker a tensor that every such block has, to be named where one is missing between others
 * @throws Fault weights.missing_tensor when the numbers have a gap or there are none
 */
export function blockCount(part: Part, prefix: string, marker: string): number {
  const present = new Set(blockIndices(part.tensors.keys(), prefix));
  for (let i = 0; i < Math.max(present.size, 1); i++)
    if (!present.has(i)) tensorOf(part, `${prefix}${i}.${marker}`);
  return present.size;
}

/** The distinct numbers that follow the prefix, ascending. */
export function blockIndices(names: Iterable<string>, prefix: string): number[] {
  const found = new Set<number>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const digits = /^(\d{1,6})\./.exec(name.slice(prefix.length))?.[1];
    if (digits !== undefined) found.add(Number(digits));
  }
  return [...found].sort((a, b) => a - b);
}
