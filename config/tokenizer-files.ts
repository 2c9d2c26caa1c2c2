/** What the tokenizer files are called: by our names, as ComfyUI spreads them below its `comfy` folder, or in a diffusers model. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface TokenizerFiles {
  /** Token to id (JSON). */
  readonly clipVocab: string;
  /** Pairs in order of rank. */
  readonly clipMerges: string;
  /** Hugging Face format. */
  readonly t5: string;
}

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
