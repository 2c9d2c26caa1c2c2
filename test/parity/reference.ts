/** Opens a folder of reference data (format: its README): JSON files, safetensors files, tolerances. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Tolerance {
  readonly max_abs?: number;
  readonly rel_l2?: number;
  readonly rel?: number;
  readonly max_diff?: number;
  readonly max_fraction_differing?: number;
}

export interface Reference {
  readonly root: string;
  /** Folder with clip_vocab.json, clip_merges.txt, t5_tokenizer.json, or undefined where there is none. */
  readonly vocab: string | undefined;
  path(...parts: string[]): string;
  has(...parts: string[]): boolean;
  json<T>(...parts: string[]): T;
  tolerance(name: string): Tolerance;
}

/** @param vocab used where the root has no `vocab` folder of its own. */
export function openReference(root: string, vocab?: string): Reference {
  const path = (...parts: string[]) => join(root, ...parts);
  const json = <T>(...parts: string[]) => JSON.parse(readFileSync(path(...parts), 'utf8')) as T;
  return {
    root,
    vocab: existsSync(path('vocab')) ? path('vocab') : vocab,
    path,
    has: (...parts) => existsSync(path(...parts)),
    json,
    tolerance(name) {
      const found = json<Record<string, Tolerance | string>>('golden', 'tolerances.json')[name];
      if (typeof found !== 'object') throw new Error(`tolerances.json has no limits named ${name}`);
      return found;
    },
  };
}
