/**
 * Where model files are looked for: the folder of weights, a ComfyUI installation with its `extra_model_paths.yaml`, a
 * Hugging Face cache. Reads names, opens no model.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { LIMITS } from './defaults.ts';

export interface ModelFolders {
  readonly modelsDir: string;
  readonly comfyuiDir?: string;
  /** Of `huggingface_hub`; only what belongs to Stable Diffusion 3 is looked at there. */
  readonly huggingFaceCache?: string;
  /** The user's own folder, which `~` and `$HOME` in files mean. */
  readonly home?: string;
}

/** The folder of the embedded model in this program: its weights, its tokenizers, what it is like. */
export const EMBEDDED_FOLDER = resolve(import.meta.dirname, '../models/nano');

/** Deeper than anybody sorts their models; ends loops of links that the system would follow. */
const DEEPEST = 10;
const MOST_FILES = 50_000;

/** Every folder that is searched with its sub-folders. They need not exist. */
export function modelRoots({ modelsDir, comfyuiDir, home }: ModelFolders): string[] {
  const own = resolve(modelsDir);
  const comfy = comfyuiDir === undefined ? [] : comfyFolders(resolve(comfyuiDir), home);
  return [...new Set([own, ...comfy])];
}

/** ComfyUI itself, or the folder of the portable version around it. */
export function comfyHome(folder: string): string {
  const inside = join(folder, 'ComfyUI');
  return !existsSync(join(folder, 'models')) && existsSync(join(inside, 'models')) ? inside : folder;
}

function comfyFolders(given: string, user: string | undefined): string[] {
  const home = comfyHome(given);
  const files = [...new Set([given, home])].flatMap((folder) =>
    ['extra_model_paths.yaml', 'extra_models_config.yaml'].map((name) => join(folder, name)),
  );
  return [join(home, 'models'), ...files.flatMap((file) => extraFolders(file, user))];
}

/**
 * The folders of an `extra_model_paths.yaml`: sections of `kind: folder` (or several, one a line), relative to the
 * section's `base_path`, that to the file. `~` and `$HOME` are understood, as ComfyUI understands them. A file that
 * is not as it should be gives nothing: ComfyUI is the place to mend it.
 */
export function extraFolders(file: string, home?: string): string[] {
  const env = home === undefined ? {} : { HOME: home };
  let sections: unknown;
  try {
    if (statSync(file).size > LIMITS.tableBytes) return [];
    sections = readYaml(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
  const folders: string[] = [];
  for (const section of Object.values((sections ?? {}) as object) as unknown[]) {
    if (typeof section !== 'object' || section === null) continue;
    const { base_path: base, ...kinds } = section as Record<string, unknown>;
    const from =
      typeof base === 'string' ? resolve(dirname(file), expandHome(base.trim(), env)) : dirname(file);
    for (const [kind, lines] of Object.entries(kinds)) {
      if (typeof lines !== 'string' || kind === 'custom_nodes') continue;
      for (const line of lines.split('\n')) {
        const path = line.trim();
        if (path !== '') folders.push(resolve(from, expandHome(path, env)));
      }
    }
  }
  return folders;
}

/** The package is read when there is such a file: as long as all of ours, by every process that asks for a folder. */
function readYaml(text: string): unknown {
  const { parse } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  return parse(text);
}

/** `~`, `$NAME`, `${NAME}` and `%NAME%` as a shell would have read them; a name without a value stays as it is. */
export function expandHome(path: string, env: Readonly<Record<string, string | undefined>>): string {
  const home = env.HOME || env.USERPROFILE;
  const value = (whole: string, name: string) => env[name] ?? (name === 'HOME' ? (home ?? whole) : whole);
  return path
    .replace(/^~(?=$|[/\\])/, home ?? '~')
    .replace(/\$\{(\w+)\}/g, value)
    .replace(/\$([A-Za-z_]\w*)/g, value)
    .replace(/%(\w+)%/g, value);
}

/** A file that may be a model, or a folder of diffusers that is one as a whole. */
export interface Listed {
  readonly path: string;
  readonly isFolder: boolean;
  /** Its name says that it is a model; else only its first bytes can. */
  readonly named: boolean;
}

const MODEL_NAMES =
  /\.(safetensors|sft|gguf|ckpt|pt|pth|bin|onnx|engine|safetensors\.\w+|part|incomplete|crdownload|aria2)$/i;
const NEVER = new Set(
  '.json .txt .md .yaml .yml .toml .py .pyc .js .ts .png .jpg .jpeg .webp .gif .mp4 .csv .tsv .log .lock .metadata .html .css .sh .bat .model .db .sqlite .ini .cfg .pdf .ico .svg .license'.split(
    ' ',
  ),
);
/** Folders of ComfyUI and others in which no model lies that anyone draws with. */
const SKIPPED = new Set([
  'node_modules',
  '__pycache__',
  'custom_nodes',
  'blobs',
  'refs',
  '.git',
  '.no_exist',
  'training',
]);

/** What lies in the folders, each thing once however many links lead to it. Never throws: what cannot be read is left out. */
export function listModels(folders: ModelFolders): Listed[] {
  const found: Listed[] = [];
  const seen = new Set<string>();
  const visit = (folder: string, depth: number): void => {
    if (depth > DEEPEST || found.length >= MOST_FILES || !isNew(folder, seen)) return;
    let entries: ReturnType<typeof readFolder>;
    try {
      entries = readFolder(folder);
    } catch {
      return;
    }
    const isDiffusers = entries.some(({ name }) => name === 'model_index.json' || name === 'transformer');
    if (isDiffusers && existsSync(join(folder, 'transformer')))
      found.push({ path: folder, isFolder: true, named: true });
    for (const { name, stat } of entries) {
      const path = join(folder, name);
      if (stat.isDirectory()) {
        if (!SKIPPED.has(name)) visit(path, depth + 1);
      } else if (stat.isFile() && !NEVER.has(extname(name).toLowerCase()) && isNew(path, seen))
        found.push({ path, isFolder: false, named: MODEL_NAMES.test(name) });
    }
  };
  seen.add(EMBEDDED_FOLDER);
  for (const root of modelRoots(folders)) visit(root, 0);
  for (const repository of cachedRepositories(folders.huggingFaceCache)) visit(repository, 0);
  return found;
}

function readFolder(folder: string): { name: string; stat: Stats }[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ name, stat }];
    });
}

function isNew(path: string, seen: Set<string>): boolean {
  try {
    const real = realpathSync(path);
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  } catch {
    return false;
  }
}

/** A cache holds everything that its owner ever fetched: only repositories whose names speak of this model, or its T5. */
const OURS = /stable-?diffusion-?3|sd-?3|t5-?v1_1-?xxl|taesd3/i;

function cachedRepositories(cache: string | undefined): string[] {
  if (cache === undefined || !existsSync(cache)) return [];
  try {
    return readdirSync(cache)
      .filter((name) => name.startsWith('models--') && OURS.test(name))
      .map((name) => join(cache, name, 'snapshots'));
  } catch {
    return [];
  }
}

/** Whether two paths mean the same file name, whatever the case of their letters. */
export function sameName(path: string, name: string): boolean {
  const wanted = name.replaceAll('\\', '/').toLowerCase();
  const whole = path.replaceAll('\\', '/').toLowerCase();
  return isAbsolute(name)
    ? whole === wanted
    : whole === wanted || whole.endsWith(`/${wanted}`) || basename(whole) === wanted;
}
