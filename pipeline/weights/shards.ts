/** Checkpoints cut into several files beside an index (`*.safetensors.index.json`, as Hugging Face writes them). */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../config/faults.ts';
import { openSafetensors, type SafetensorsFile, unreadable } from './safetensors.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';
import { isObject, JsonRefusal, parseStrictJson, type StrictObject } from './strict-json.ts';

const MAX_INDEX_BYTES = 25 * 1024 * 1024;
const MAX_SHARDS = 1000;

export interface Shards {
  readonly files: readonly SafetensorsFile[];
  /** The tensors that the index lists, each from the file that it names. */
  readonly tensors: StoredTensors;
  /** Names that a shard holds but the index does not: nothing reads them. */
  readonly unlisted: readonly string[];
}

/**
 * Opens every shard that the index names; all lie in the index's own folder.
 * @throws Fault weights.index, weights.unreadable, or what `openSafetensors` throws for a shard
 */
export function openShards(index: string): Shards {
  const refuse = (reason: string) => new Fault('weights.index', { file: index, reason });
  const fileOf = readWeightMap(index, refuse);
  const shards = new Map<string, SafetensorsFile>();
  for (const name of new Set(fileOf.values())) shards.set(name, openSafetensors(join(dirname(index), name)));

  const tensors = new Map<string, StoredTensor>();
  for (const [tensor, file] of fileOf) {
    const stored = shards.get(file)?.tensors.get(tensor);
    if (!stored) throw refuse(`it places the tensor "${tensor}" in ${file}, which does not have it`);
    tensors.set(tensor, stored);
  }
  const files = [...shards.values()];
  const unlisted = files.flatMap((file) => [...file.tensors.keys()].filter((name) => !tensors.has(name)));
  return { files, tensors, unlisted };
}

/** Shards whose names tell that they belong together, without an index. @throws Fault weights.index where a number is missing */
export function openNumberedShards(paths: readonly string[]): Shards {
  const [first = ''] = paths;
  const count = Number(/-of-(\d{5})/.exec(first)?.[1] ?? 0);
  if (count > MAX_SHARDS || paths.length !== count) {
    const reason = `it is one of ${count} files, of which ${paths.length} are beside each other`;
    throw new Fault('weights.shards', { file: first, reason });
  }
  const files = paths.map(openSafetensors);
  const tensors = new Map<string, StoredTensor>();
  for (const file of files) for (const [name, tensor] of file.tensors) tensors.set(name, tensor);
  return { files, tensors, unlisted: [] };
}

function readWeightMap(index: string, refuse: (reason: string) => Fault): ReadonlyMap<string, string> {
  const map = readIndex(index, refuse).get('weight_map');
  if (!isObject(map)) throw refuse('it has no weight_map');
  const fileOf = new Map<string, string>();
  for (const [tensor, file] of map) {
    if (typeof file !== 'string' || !isPlainFileName(file))
      throw refuse(
        `it places the tensor "${tensor}" in ${JSON.stringify(file)}; allowed: a .safetensors file beside it`,
      );
    fileOf.set(tensor, file);
  }
  if (new Set(fileOf.values()).size > MAX_SHARDS) throw refuse(`it names more than ${MAX_SHARDS} files`);
  return fileOf;
}

function readIndex(index: string, refuse: (reason: string) => Fault): StrictObject {
  let bytes: Uint8Array;
  try {
    const stat = statSync(index);
    if (!stat.isFile() || stat.size > MAX_INDEX_BYTES)
      throw refuse(`it is no file of at most ${MAX_INDEX_BYTES} bytes`);
    bytes = readFileSync(index);
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(index, error);
  }
  try {
    const value = parseStrictJson(bytes);
    if (!isObject(value)) throw refuse('it is not an object');
    return value;
  } catch (error) {
    throw error instanceof JsonRefusal ? refuse(error.message) : error;
  }
}

/** No separator and no `..`: a shard cannot point out of its folder. */
function isPlainFileName(name: string): boolean {
  return /^[^/\\:\0]+\.safetensors$/.test(name) && !name.startsWith('..');
}
