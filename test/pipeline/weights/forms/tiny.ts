/** The reference's tiny model, taken apart. */
import { SHIPPED_TOKENIZERS } from '../../../../config/tokenizer-files.ts';
import type { ModelFiles } from '../../../../pipeline/request.ts';
import { type Raw, raw, readAll, type Tensors, under } from './tensors.ts';

export interface Tiny {
  readonly files: ModelFiles;
  readonly mmdit: Tensors;
  readonly vae: Tensors;
  readonly clipL: Tensors;
  readonly clipG: Tensors;
  readonly t5: Tensors;
}

export function readTiny(path: (...parts: string[]) => string): Tiny {
  const large = readAll(path('tiny', 'tiny_large.safetensors'));
  return {
    files: {
      checkpoint: path('tiny', 'tiny_large.safetensors'),
      clipL: path('tiny', 'tiny_clip_l.safetensors'),
      clipG: path('tiny', 'tiny_clip_g.safetensors'),
      t5: path('tiny', 'tiny_t5xxl.safetensors'),
      geometry: path('tiny', 'config.json'),
      tokenizers: SHIPPED_TOKENIZERS,
    },
    mmdit: under('model.diffusion_model.', large),
    vae: under('first_stage_model.', large),
    clipL: readAll(path('tiny', 'tiny_clip_l.safetensors')),
    clipG: readAll(path('tiny', 'tiny_clip_g.safetensors')),
    t5: readAll(path('tiny', 'tiny_t5xxl.safetensors')),
  };
}

export const MMDIT = 'model.diffusion_model.';
export const VAE = 'first_stage_model.';
export type Entry = readonly [string, Raw];

export const asStored = (tensors: Tensors): Entry[] =>
  [...tensors].map(([name, values]) => [name, raw(values)]);
