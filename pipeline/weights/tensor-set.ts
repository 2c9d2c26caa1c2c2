/** The tensors behind one path that a user names: a single file, an index with shards, or a folder with either. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../config/faults.ts';
import { openSafetensors, type SafetensorsFile, unreadable } from './safetensors.ts';
import { openShards } from './shards.ts';
import type { StoredTensors } from './stored-tensor.ts';

export interface TensorSet {
  /** The path as it was asked for: what sentences name. */
  readonly given: string;
  readonly files: readonly SafetensorsFile[];
  readonly tensors: StoredTensors;
}

/** What diffusers and transformers call the weights in a model's folder, in the order we prefer them. */
const FOLDER_FILES = ['diffusion_pytorch_model', 'model'].flatMap((stem) => [
  `${stem}.safetensors`,
  `${stem}.safetensors.index.json`,
  `${stem}.fp16.safetensors`,
  `${stem}.safetensors.index.fp16.json`,
  `${stem}.fp16.safetensors.index.json`,
]);

/** @throws Fault weights.* */
export function openTensors(given: string): TensorSet {
  const path = isFolder(given) ? weightsIn(given) : given;
  if (path.endsWith('.json')) return { given, ...openShards(path) };
  const file = openSafetensors(path);
  return { given, files: [file], tensors: file.tensors };
}

/** @throws Fault weights.unreadable when there is nothing at the path */
export function isFolder(given: string): boolean {
  try {
    return statSync(given).isDirectory();
  } catch (error) {
    throw unreadable(given, error);
  }
}

function weightsIn(folder: string): string {
  const found = FOLDER_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Fault('weights.not_a_file', {
      file: folder,
      allowed:
        'a .safetensors file, its index, or a folder with model.safetensors or diffusers folders in it',
    });
  return found;
}
