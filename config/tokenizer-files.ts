/**
 * What the tokenizer files are called: by our names, as ComfyUI spreads them below its `comfy` folder, or in a diffusers
 * model. They come with Darkroom (`models/tokenizers`), so that nobody has to look for them.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { comfyHome, type ModelFolders } from './model-folders.ts';

export interface TokenizerFiles {
  /** Token to id (JSON). */
  readonly clipVocab: string;
  /** Pairs in order of rank. */
  readonly clipMerges: string;
  /** Hugging Face format. */
  readonly t5: string;
}

/** CLIP's vocabulary and merges (OpenAI, MIT) and T5's pieces (Google, Apache 2.0): see the notice beside them. */
export const SHIPPED_TOKENIZERS = resolve(import.meta.dirname, '../models/tokenizers');

const LAYOUTS: readonly TokenizerFiles[] = [
  { clipVocab: 'clip_vocab.json', clipMerges: 'clip_merges.txt', t5: 't5_tokenizer.json' },
  {
    clipVocab: 'sd1_tokenizer/vocab.json',
    clipMerges: 'sd1_tokenizer/merges.txt',
    t5: 'text_encoders/t5_tokenizer/tokenizer.json',
  },
  { clipVocab: 'tokenizer/vocab.json', clipMerges: 'tokenizer/merges.txt', t5: 'tokenizer_3/tokenizer.json' },
];

/** The files in a folder by the first layout of which any file is there; by our own names where none is. */
export function tokenizerFiles(folder: string): TokenizerFiles {
  const layouts = LAYOUTS.map(({ clipVocab, clipMerges, t5 }) => ({
    clipVocab: join(folder, clipVocab),
    clipMerges: join(folder, clipMerges),
    t5: join(folder, t5),
  }));
  return layouts.find((files) => Object.values(files).some((file) => existsSync(file))) ?? layouts[0]!;
}

/** True where all three files are there, by whatever names. */
export function holdsTokenizers(folder: string): boolean {
  return Object.values(tokenizerFiles(folder)).every((file) => existsSync(file));
}

/** The tokenizers that a diffusers folder brings along; nothing for any other checkpoint, or where one is missing. */
export function tokenizersIn(checkpoint: string): string | undefined {
  const folders = [
    checkpoint,
    ...(basename(checkpoint) === 'model_index.json' ? [dirname(checkpoint)] : []),
    ...(basename(dirname(checkpoint)) === 'transformer' ? [dirname(dirname(checkpoint))] : []),
  ];
  return folders.find((folder) => existsSync(join(folder, 'tokenizer')) && holdsTokenizers(folder));
}

/**
 * The folder of the tokenizer files: `tokenizers` beside the weights, ComfyUI's own copies (its `comfy` folder, where they
 * are spread over two folders), or those that come with Darkroom.
 */
export function findTokenizers({ modelsDir, comfyuiDir }: ModelFolders): string | undefined {
  const candidates = [
    resolve(modelsDir, 'tokenizers'),
    ...(comfyuiDir ? [join(comfyHome(resolve(comfyuiDir)), 'comfy')] : []),
    SHIPPED_TOKENIZERS,
  ];
  return candidates.find(holdsTokenizers);
}
