/** Where a diffusers model lies: the folder, its `model_index.json`, a part within it, or a repository of a Hugging Face cache. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const LONGEST_INDEX = 1024 * 1024;

/** The folder with `transformer/` in it that a path means or lies in; nothing where it means no diffusers model. */
export function diffusersFolder(path: string): string | undefined {
  if (basename(path) === 'model_index.json') return dirname(path);
  const isFolder = isDirectory(path);
  if (isFolder) {
    if (existsSync(join(path, 'transformer'))) return path;
    const snapshot = newestSnapshot(path);
    if (snapshot !== undefined) return diffusersFolder(snapshot);
  }
  // `.../transformer` itself, or a file in it.
  const part = isFolder ? path : dirname(path);
  const whole = dirname(part);
  return basename(part) === 'transformer' && existsSync(join(whole, 'model_index.json')) ? whole : undefined;
}

/** Also false for what the system refuses, such as a link to itself: whoever opens it says why. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Of a repository in a Hugging Face cache (`models--ORG--NAME`) the state that `main` means, else any. */
export function newestSnapshot(repository: string): string | undefined {
  const snapshots = join(repository, 'snapshots');
  if (!existsSync(snapshots)) return undefined;
  const main = join(repository, 'refs', 'main');
  const named = existsSync(main) ? join(snapshots, readFileSync(main, 'utf8').trim()) : '';
  if (named !== '' && existsSync(named)) return named;
  const names = readdirSync(snapshots).sort();
  return names.length === 0 ? undefined : join(snapshots, names.at(-1)!);
}

/** The class that `model_index.json` names, such as `StableDiffusion3Pipeline`. */
export function pipelineOf(folder: string): string | undefined {
  const index = join(folder, 'model_index.json');
  try {
    if (statSync(index).size > LONGEST_INDEX) return undefined;
    const json = JSON.parse(readFileSync(index, 'utf8')) as { _class_name?: unknown };
    return typeof json._class_name === 'string' ? json._class_name.slice(0, 100) : undefined;
  } catch {
    return undefined;
  }
}
