/** A graph ready to be opened: the ONNX bytes, and where the weights lie that it points into. */
import { dirname, relative, sep } from 'node:path';
import type { Network } from '../weights/geometry.ts';
import { patchTensors } from '../weights/lora/patch.ts';

export interface EmittedGraph {
  readonly model: Uint8Array;
  /** Absolute; every external location lies in it. */
  readonly folder: string;
  /** Absolute real paths of every file that the graph points into. */
  readonly files: readonly string[];
}

/** Where a network's weights lie. */
export interface WeightFiles {
  readonly folder: string;
  readonly files: readonly string[];
  /** A file's name relative to `folder`. */
  locate(file: string): string;
}

/**
 * The files of the networks' tensors and of their patches, the deepest folder that holds them all, and their names
 * relative to it. The runtime refuses absolute locations and `..`, so files in several folders need their common
 * ancestor.
 */
export function commonFolder(
  ...networks: readonly Pick<Network<unknown>, 'tensors' | 'patches'>[]
): WeightFiles {
  const files = new Set<string>();
  for (const { tensors, patches } of networks)
    for (const tensor of [...tensors.values(), ...patchTensors(patches)])
      for (const slab of tensor.slabs) files.add(slab.file);
  const [first] = files;
  if (first === undefined) throw new Error('a network without tensors has no folder');
  let folder = dirname(first);
  for (const file of files) while (!isInside(file, folder)) folder = dirname(folder);
  return { folder, files: [...files], locate: (file) => relative(folder, file) };
}

function isInside(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
