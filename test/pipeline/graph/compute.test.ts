/** The same networks in every arithmetic and form of graph, on the processor's kernels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_FOLDER } from '../../../config/find-model.ts';
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import { emitClip } from '../../../pipeline/graph/clip.ts';
import { type Compute, ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { emitT5 } from '../../../pipeline/graph/t5.ts';
import { emitVaeDecoder } from '../../../pipeline/graph/vae-decoder.ts';
import { openDenoiser } from '../../../pipeline/runtime/denoiser.ts';
import { openNetwork } from '../../../pipeline/runtime/open-network.ts';
import { relativeBuckets } from '../../../pipeline/text/t5-buckets.ts';
import type { MmditGeometry, ModelNetworks, Network } from '../../../pipeline/weights/geometry.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { reference } from '../../reference.ts';
import { relativeL2, wave } from '../waves.ts';

const HALF: Compute = { ...ON_PROCESSOR, arithmetic: 'float16', weights: 'direct' };
const FORMS: readonly (readonly [name: string, compute: Compute, limit: number])[] = [
  ['float32 converted at load', { ...ON_PROCESSOR, weights: 'direct' }, 2e-6],
  ['float32 converted for every product', { ...ON_PROCESSOR, weights: 'gathered' }, 2e-6],
  ['attention written out', { ...ON_PROCESSOR, attention: 'written' }, 2e-6],
  ['norms with their scale outside', { ...ON_PROCESSOR, normScale: 'outside' }, 2e-6],
  ['float16', HALF, 1e-3],
  [
    'float16 with all else',
    { ...HALF, weights: 'gathered', attention: 'written', normScale: 'outside' },
    1e-3,
  ],
];

const networks = new Map<string, ModelNetworks>();
beforeAll(() => {
  const { path } = reference();
  for (const size of ['large', 'medium'])
    networks.set(
      `tiny_${size}`,
      openModel({
        checkpoint: path('tiny', `tiny_${size}.safetensors`),
        clipL: path('tiny', 'tiny_clip_l.safetensors'),
        clipG: path('tiny', 'tiny_clip_g.safetensors'),
        t5: path('tiny', 'tiny_t5xxl.safetensors'),
        ...(size === 'medium' && { vae: path('tiny', 'tiny_large.safetensors') }),
        tokenizers: '',
        geometry: path('tiny', 'config.json'),
      }),
    );
  const ours = (file: string) => `${EMBEDDED_FOLDER}/${file}`;
  networks.set(
    'nano',
    openModel({
      checkpoint: ours('nano.safetensors'),
      clipL: ours('clip_l.safetensors'),
      clipG: ours('clip_g.safetensors'),
      t5: ours('t5xxl.safetensors'),
      tokenizers: EMBEDDED_FOLDER,
      geometry: ours('geometry.json'),
    }),
  );
});
afterAll(() => networks.clear());

describe.each(['tiny_large', 'tiny_medium', 'nano'])('the transformer of %s', (name) => {
  it.each(FORMS)('gives the same with %s', async (_, compute, limit) => {
    const { mmdit } = networks.get(name)!;
    expect(relativeL2(await velocity(mmdit, compute), await velocity(mmdit, ON_PROCESSOR))).toBeLessThan(
      limit,
    );
  });
});

describe.each(['tiny_large', 'nano'])('what lies around the transformer of %s', (name) => {
  it.each(FORMS.filter(([, { arithmetic }]) => arithmetic === 'float32'))(
    'gives the same with %s',
    async (_, compute, limit) => {
      const model = networks.get(name)!;
      const [usual, other] = [await around(model, ON_PROCESSOR), await around(model, compute)];
      for (const [part, value] of Object.entries(other))
        expect(relativeL2(value, usual[part]!), part).toBeLessThan(limit * 5);
    },
  );
});

async function velocity({ geometry, ...rest }: Network<MmditGeometry>, compute: Compute) {
  const denoiser = await openDenoiser({ geometry, ...rest }, { device: 'cpu', compute });
  const { latentChannels, contextWidth, pooledWidth } = geometry;
  const x = wave([2, latentChannels, 12, 16], 1);
  const context = wave([2, 20, contextWidth], 2);
  const y = wave([2, pooledWidth], 3);
  const out = await denoiser.velocity(x, [0.9, 0.3], context, y);
  await denoiser.release();
  return out.data;
}

/** What CLIP-L, T5 and the VAE's decoder give. */
async function around(
  { clip_l, t5xxl, vae }: ModelNetworks,
  compute: Compute,
): Promise<Record<string, Float32Array>> {
  const options = { device: 'cpu', compute } as const;
  const ids = (count: number, vocabulary: number) => ({
    data: BigInt64Array.from({ length: count }, (_, i) => BigInt((i * 37) % vocabulary)),
    shape: [1, count],
  });
  const { positions, vocabSize } = clip_l!.geometry;
  const clip = await openNetwork(emitClip, clip_l!, {}, options);
  const clipped = await clip.run({
    ids: ids(positions, vocabSize),
    end: { data: BigInt64Array.of(5n), shape: [1, 1] },
  });
  const length = 24;
  const { relativeBuckets: count, relativeMaxDistance } = t5xxl!.geometry;
  const t5 = await openNetwork(emitT5, t5xxl!, {}, options);
  const buckets = relativeBuckets(length, count, relativeMaxDistance);
  const read = await t5.run({
    ids: ids(length, t5xxl!.geometry.vocabSize),
    buckets: { data: BigInt64Array.from(buckets, BigInt), shape: [length, length] },
  });
  const decoder = await openNetwork(emitVaeDecoder, vae, { height: 8, width: 8 }, options);
  const latent: FloatTensor = wave([1, vae.geometry.latentChannels, 8, 8], 4);
  const drawn = await decoder.run({ latent });
  await Promise.all([clip.release(), t5.release(), decoder.release()]);
  return {
    hidden: clipped.hidden!.data,
    pooled: clipped.pooled!.data,
    t5: read.hidden!.data,
    image: drawn.image!.data,
  };
}
