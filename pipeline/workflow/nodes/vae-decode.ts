/** Latents to pictures. */
import { Fault } from '../../../config/faults.ts';
import type { FloatTensor } from '../../float-tensor.ts';
import { brokenWeights } from '../../weights/find-broken.ts';
import { link, whole } from '../inputs.ts';
import type { Latent } from '../latent.ts';
import { defineNode, type RunContext } from '../node.ts';
import { overlapOf, type Tiling, threeTilings, wholeOrTiles } from '../tiled-scale.ts';
import { enlargement, type Vae } from '../values.ts';

/** In latent pixels: `decode_tiled_` in `comfy/sd.py`. */
const SHORT_OF_MEMORY = { width: 64, height: 64, overlap: 16 };

/** ComfyUI's `VAE.decode`: brought from -1..1 to 0..1 and clamped. @param tiling in latent pixels; none decodes it whole if that is possible */
async function decode(
  vae: Vae,
  samples: Latent,
  { networks, enter, signal }: RunContext,
  tiling?: Omit<Tiling, 'scale'>,
): Promise<FloatTensor> {
  enter('decoding');
  const autoencoder = await networks.autoencoder(vae.network);
  const run = (latent: FloatTensor) => {
    if (signal.aborted) throw new Fault('cancelled', {}, signal.reason);
    return autoencoder.decode(latent);
  };
  const scale = enlargement(vae);
  const { data, shape } = tiling
    ? await threeTilings(samples.model, run, { ...tiling, scale })
    : await wholeOrTiles(samples.model, run, { ...SHORT_OF_MEMORY, scale });
  const { colours, areNumbers } = toColours(data);
  // Numbers that are none would become black without a word.
  const broken = areNumbers ? undefined : brokenWeights([vae.network]);
  if (broken) throw broken;
  return { data: colours, shape };
}

/** -1..1 to 0..1, clamped. A plain loop: `every` and `map` take ten times as long, 7 ms of a small picture. */
function toColours(data: Float32Array): { colours: Float32Array; areNumbers: boolean } {
  const colours = new Float32Array(data.length);
  let areNumbers = true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) areNumbers = false;
    colours[i] = Math.min(Math.max(Math.fround(value + 1) / 2, 0), 1);
  }
  return { colours, areNumbers };
}

export const vaeDecode = defineNode({
  name: 'VAEDecode',
  inputs: { samples: link('LATENT'), vae: link('VAE') },
  outputs: ['IMAGE'],
  run: async ({ samples, vae }, context) => [await decode(vae, samples, context)],
});

/** `VAEDecodeTiled`: tile by tile, three times over. What is said of time is for films. */
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
  async run({ samples, vae, tile_size, overlap }, context) {
    const latents = (pixels: number) => Math.floor(pixels / enlargement(vae));
    const side = latents(tile_size);
    const tiling = { width: side, height: side, overlap: latents(overlapOf(overlap, tile_size)) };
    return [await decode(vae, samples, context, tiling)];
  },
});
