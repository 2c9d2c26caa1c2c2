/** The reference's tiny checkpoints as checked networks. */
import { type OpenedModel, openModel } from '../../pipeline/weights/open-model.ts';
import { reference } from '../reference.ts';

type Encoders = 'clip_l' | 'clip_g' | 't5xxl';

export function tinyNetworks(): OpenedModel & Required<Pick<OpenedModel, Encoders>> {
  const { path } = reference();
  const { clip_l, clip_g, t5xxl, ...networks } = openModel({
    checkpoint: path('tiny', 'tiny_large.safetensors'),
    clipL: path('tiny', 'tiny_clip_l.safetensors'),
    clipG: path('tiny', 'tiny_clip_g.safetensors'),
    t5: path('tiny', 'tiny_t5xxl.safetensors'),
    tokenizers: '',
    geometry: path('tiny', 'config.json'),
  });
  return { ...networks, clip_l: clip_l!, clip_g: clip_g!, t5xxl: t5xxl! };
}
