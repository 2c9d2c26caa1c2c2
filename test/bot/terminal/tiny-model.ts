/** The reference's tiny model as the command line's own-files flags. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from '../../reference.ts';

export interface TinyModel {
  /** Flag to path, without dashes. */
  readonly files: Readonly<Record<string, string>>;
}

/** @param folder where empty tokenizer files are put if the reference has none: enough for all that is refused earlier. */
export function tinyModel(folder: string): TinyModel {
  const { path, vocab } = reference();
  const tokenizers = vocab ?? join(folder, 'tiny-tokenizers');
  if (vocab === undefined) {
    mkdirSync(tokenizers, { recursive: true });
    for (const name of ['clip_vocab.json', 'clip_merges.txt', 't5_tokenizer.json']) {
      writeFileSync(join(tokenizers, name), '{}');
    }
  }
  return {
    files: {
      checkpoint: path('tiny', 'tiny_large.safetensors'),
      'clip-l': path('tiny', 'tiny_clip_l.safetensors'),
      'clip-g': path('tiny', 'tiny_clip_g.safetensors'),
      t5: path('tiny', 'tiny_t5xxl.safetensors'),
      geometry: path('tiny', 'config.json'),
      tokenizers,
    },
  };
}

/** The flags of a model's files; `changes` replaces or, with undefined, leaves out. */
export function fileFlags(
  model: TinyModel,
  changes: Readonly<Record<string, string | undefined>> = {},
): string[] {
  return Object.entries({ ...model.files, ...changes }).flatMap(([name, path]) =>
    path === undefined ? [] : [`--${name}`, path],
  );
}
