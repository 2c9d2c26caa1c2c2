/** Latents to pictures. */
import type { FloatTensor } from '../../float-tensor.ts';
import { brokenWeights } from '../../weights/find-broken.ts';
import { link, whole } from '../inputs.ts';
import type { Latent } from '../latent.ts';
import { defineNode, type RunContext } from '../node.ts';
import type { Vae } from '../values.ts';

/** ComfyUI's `VAE.decode`: brought from -1..1 to 0..1 and clamped. */
async function decode(vae: Vae, samples: Latent, { networks, enter }: RunContext): Promise<FloatTensor> {
  enter('decoding');
  const autoencoder = await networks.autoencoder(vae.network);
  const { data, shape } = await autoencoder.decode(samples.model);
  // Numbers that are none would become black without a word.
  const broken = data.every(Number.isFinite) ? undefined : brokenWeights([vae.network]);
  if (broken) throw broken;
  return { data: data.map((value) => Math.min(Math.max(Math.fround(value + 1) / 2, 0), 1)), shape };
}

export const vaeDecode = defineNode({
  name: 'VAEDecode',
  inputs: { samples: link('LATENT'), vae: link('VAE') },
  outputs: ['IMAGE'],
  run: async ({ samples, vae }, context) => [await decode(vae, samples, context)],
});

/** `VAEDecodeTiled`: here the whole picture is decoded in strips that bound the memory without seams; the sizes have no part. */
export const vaeDecodeTiled = defineNode({
  name: 'VAEDecodeTiled',
  inputs: {
    samples: link('LATENT'),
    vae: link('VAE'),
    tile_size: whole(64, 4096, 512),
    overlap: whole(0, 4096, 64),
    temporal_size: whole(8, 4096, 64),
    temporal_overlap: whole(4, 4096, 8),
  },
  outputs: ['IMAGE'],
  run: async ({ samples, vae }, context) => [await decode(vae, samples, context)],
});
