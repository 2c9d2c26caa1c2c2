/** The reference's tiny checkpoints as checked networks. */
import { type OpenedModel, openModel } from '../../pipeline/weights/open-model.ts';
import { reference } from '../reference.ts';

export function tinyNetworks(): OpenedModel & Required<Pick<OpenedModel, 't5xxl'>> {
  const { path } = reference();
  const { t5xxl, ...networks } = openModel({
    checkpoint: path('tiny', 'tiny_large.safetensors'),
    clipL: path('tiny', 'tiny_clip_l.safetensors'),
    clipG: path('tiny', 'tiny_clip_g.safetensors'),
    t5: path('tiny', 'tiny_t5xxl.safetensors'),
    tokenizers: '',
    geometry: path('tiny', 'config.json'),
  });
  return { ...networks, t5xxl: t5xxl! };
}
