/** A graph ready to be opened: the ONNX bytes, and the folder that its weights' locations are relative to. */
import { dirname, relative, sep } from 'node:path';
import type { StoredTensors } from '../weights/stored-tensor.ts';

export interface EmittedGraph {
  readonly model: Uint8Array;
  /** Absolute; every external location lies in it. */
  readonly folder: string;
}

/**
 * The deepest folder that holds every file of the tensors, and names relative to it. The runtime refuses
 * absolute locations and `..`, so files in several folders need their common ancestor.
 */
export function commonFolder(tensors: StoredTensors): { folder: string; locate: (file: string) => string } {
  const files = new Set<string>();
  for (const tensor of tensors.values()) for (const slab of tensor.slabs) files.add(slab.file);
  let folder: string | undefined;
  for (const file of files) {
    folder ??= dirname(file);
    while (!`${file}`.startsWith(folder.endsWith(sep) ? folder : folder + sep)) folder = dirname(folder);
  }
  if (folder === undefined) throw new Error('a network without tensors has no folder');
  const root = folder;
  return { folder: root, locate: (file) => relative(root, file) };
}
