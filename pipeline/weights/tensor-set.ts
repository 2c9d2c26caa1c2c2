/** The tensors behind one path that a user names: a single file, an index or one of its shards, or a folder with either. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../config/faults.ts';
import { withoutQuantisation } from './quantised.ts';
import { openNumberedShards, openShards } from './shards.ts';
import type { StoredTensors } from './stored-tensor.ts';
import { openTensorFile, type TensorFile, unreadable } from './tensor-file.ts';

export interface TensorSet {
  /** The path as it was asked for: what sentences name. */
  readonly given: string;
  readonly files: readonly TensorFile[];
  /** Under their plain names, quantised ones with their scales or recipes. */
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

/** `model-00001-of-00003.safetensors`, and the same for GGUF. */
const SHARD = /^(.*)-(\d{5})-of-(\d{5})(\.[^.]*)*\.(safetensors|gguf)$/;

/** @throws Fault weights.* */
export function openTensors(given: string): TensorSet {
  const { files, tensors } = openPath(isFolder(given) ? weightsIn(given) : given);
  return { given, files, tensors: withoutQuantisation(tensors, given) };
}

function openPath(path: string): Pick<TensorSet, 'files' | 'tensors'> {
  if (path.endsWith('.json')) return openShards(path);
  const numbered = numberedShards(path);
  if (numbered) return numbered.index ? openShards(numbered.index) : openNumberedShards(numbered.files);
  const file = openTensorFile(path);
  return { files: [file], tensors: file.tensors };
}

/** One shard stands for all: those beside it with the same name and number, and their index where there is one. */
function numberedShards(path: string): { index?: string; files: string[] } | undefined {
  const [, stem, , count] = SHARD.exec(basename(path)) ?? [];
  if (stem === undefined || Number(count) < 2) return undefined;
  const folder = dirname(path);
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).sort();
  const index = names.find((name) => name.startsWith(stem) && /\.index(\.\w+)?\.json$/.test(name));
  const files = names.filter((name) => {
    const [, itsStem, , itsCount] = SHARD.exec(name) ?? [];
    return itsStem === stem && itsCount === count;
  });
  return {
    ...(index === undefined ? {} : { index: join(folder, index) }),
    files: files.map((name) => join(folder, name)),
  };
}

/** @throws Fault weights.unreadable when there is nothing at the path */
export function isFolder(given: string): boolean {
  try {
    return statSync(given).isDirectory();
  } catch (error) {
    throw unreadable(given, error);
  }
}

/** Of the usual names the first; else the only file of weights in the folder, or its first shard. */
function weightsIn(folder: string): string {
  const found = FOLDER_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const names = readdirSync(folder).sort();
  const index = names.find((name) => /\.index(\.\w+)?\.json$/.test(name) && name !== 'model_index.json');
  if (index !== undefined) return join(folder, index);
  const weights = names.filter((name) => /\.(safetensors|sft|gguf)$/i.test(name));
  if (weights.length === 1 || SHARD.test(weights[0] ?? '')) return join(folder, weights[0]!);
  throw new Fault('weights.not_a_file', {
    file: folder,
    allowed:
      'a .safetensors or .gguf file, its index, or a folder with model.safetensors or diffusers folders in it',
  });
}
