/** Where a model's files are on this machine: in the folder of weights, flat or sorted as ComfyUI sorts them, or in ComfyUI's own. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { ModelEntry } from './models.ts';
import { holdsTokenizers } from './tokenizer-files.ts';

/** Absolute paths, in the shape that the pipeline takes them. */
export interface FoundFiles {
  readonly checkpoint: string;
  readonly vae?: string;
  readonly clipL?: string;
  readonly clipG?: string;
  readonly t5?: string;
  readonly tokenizers: string;
  readonly geometry?: string;
}

/** The files, or what is missing and where it was looked for. */
export type Finding =
  | { readonly files: FoundFiles }
  | { readonly missing: string; readonly folders: readonly string[] };

export interface ModelFolders {
  readonly modelsDir: string;
  readonly comfyuiDir?: string;
}

/** The folder of the embedded model in this program: its weights, its tokenizers, what it is like. */
export const EMBEDDED_FOLDER = resolve(import.meta.dirname, '../models/nano');

/** Folders that hold diffusion models without a VAE (ComfyUI's own rule). */
const DIFFUSION_ONLY = ['diffusion_models', 'unet'];
const SUBFOLDERS = {
  checkpoint: ['', 'checkpoints', ...DIFFUSION_ONLY],
  encoder: ['', 'text_encoders', 'clip'],
  vae: ['', 'vae'],
};

/** Looks for the files of one model. Reads folders, opens no file. */
export function findModel(entry: ModelEntry, folders: ModelFolders): Finding {
  if (entry.embedded)
    return findIn(entry, [EMBEDDED_FOLDER], EMBEDDED_FOLDER, join(EMBEDDED_FOLDER, 'geometry.json'));
  const roots = [folders.modelsDir, ...(folders.comfyuiDir ? [join(folders.comfyuiDir, 'models')] : [])];
  return findIn(
    entry,
    roots.map((root) => resolve(root)),
    findTokenizers(folders),
  );
}

/**
 * The folder of the tokenizer files: `tokenizers` beside the weights, or ComfyUI's own copies (its `comfy` folder,
 * where they are spread over two folders).
 */
export function findTokenizers({ modelsDir, comfyuiDir }: ModelFolders): string | undefined {
  const candidates = [
    resolve(modelsDir, 'tokenizers'),
    ...(comfyuiDir ? [resolve(comfyuiDir, 'comfy')] : []),
  ];
  return candidates.find(holdsTokenizers);
}

function findIn(
  entry: ModelEntry,
  roots: string[],
  tokenizers: string | undefined,
  geometry?: string,
): Finding {
  const { files } = entry;
  const checkpoint = findFile(files.checkpoint, roots, SUBFOLDERS.checkpoint);
  if (checkpoint === undefined) return { missing: files.checkpoint.join(' or '), folders: roots };
  if (tokenizers === undefined) {
    return { missing: 'tokenizers (clip_vocab.json, clip_merges.txt, t5_tokenizer.json)', folders: roots };
  }
  const hasEncoders = files.allInOne.includes(basename(checkpoint));
  const hasVae = !entry.embedded && !DIFFUSION_ONLY.includes(basename(dirname(checkpoint)));
  const encoder = (names: readonly string[]) =>
    hasEncoders ? undefined : findFile(names, roots, SUBFOLDERS.encoder);
  const optional = {
    vae: hasVae ? undefined : findFile(files.vae, roots, SUBFOLDERS.vae),
    clipL: encoder(files.clipL),
    clipG: encoder(files.clipG),
    t5: encoder(files.t5),
    geometry,
  };
  const found = Object.entries(optional).filter(([, path]) => path !== undefined);
  return { files: { checkpoint, tokenizers, ...Object.fromEntries(found) } };
}

/** The first of `names` that exists; an absolute name stands for itself. */
function findFile(names: readonly string[], roots: string[], subfolders: string[]): string | undefined {
  const candidates = names.flatMap((name) =>
    isAbsolute(name) ? [name] : roots.flatMap((root) => subfolders.map((folder) => join(root, folder, name))),
  );
  return candidates.find((path) => existsSync(path));
}
