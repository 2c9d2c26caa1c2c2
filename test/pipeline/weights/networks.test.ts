import { describe, expect, test } from 'vitest';
import { clipGeometry, clipTensors } from '../../../pipeline/weights/networks/clip.ts';
import { mmditGeometry, mmditTensors } from '../../../pipeline/weights/networks/mmdit.ts';
import { t5Geometry, t5Tensors, withSharedEmbedding } from '../../../pipeline/weights/networks/t5.ts';
import { vaeDecoderTensors, vaeEncoderTensors, vaeGeometry } from '../../../pipeline/weights/networks/vae.ts';
import type { Part } from '../../../pipeline/weights/part.ts';
import { hasInventory, inventory, under } from './inventory.ts';

/** A part of these shapes, with no file behind it. */
function partOf(shapes: ReadonlyMap<string, readonly number[]>, network = 'network'): Part {
  const tensors = [...shapes].map(
    ([name, shape]) => [name, { name, dtype: 'F16', shape, ranges: [] }] as const,
  );
  return { given: 'file', network, tensors: new Map(tensors), nameInFile: (name) => name };
}

const sorted = (shapes: ReadonlyMap<string, readonly number[]>) => Object.fromEntries([...shapes].sort());

describe.skipIf(!hasInventory)('the real models', () => {
  test.each(['sd3.5_large', 'sd3.5_medium'])('%s: geometry and all tensors', (name) => {
    const { keys, hyper } = inventory(name);
    const shapes = under('model.diffusion_model.', keys);
    const geometry = mmditGeometry(partOf(shapes));
    expect(geometry).toEqual({
      depth: hyper.depth,
      hiddenSize: hyper.hidden_size,
      heads: hyper.num_heads,
      posEmbedMaxSize: hyper.pos_embed_max_size,
      latentChannels: hyper.in_channels,
      patchSize: hyper.patch_size,
      contextWidth: hyper.context_dim,
      pooledWidth: hyper.adm_in_channels,
      qkNorm: hyper.qk_norm,
      dualAttentionBlocks: hyper.x_block_self_attn_layers,
    });
    expect(sorted(mmditTensors(geometry))).toEqual(sorted(shapes));
  });

  test('the VAE: geometry and all tensors, decoder and encoder', () => {
    const { keys, hyper } = inventory('sd3_vae');
    const geometry = vaeGeometry(partOf(under('', keys)));
    expect(geometry).toEqual({
      channels: hyper.ch,
      multipliers: hyper.ch_mult,
      resBlocks: hyper.num_res_blocks,
      latentChannels: hyper.z_channels,
      groupNormGroups: hyper.group_norm_groups,
    });
    const needed = new Map([...vaeDecoderTensors(geometry), ...vaeEncoderTensors(geometry)]);
    expect(sorted(needed)).toEqual(sorted(under('', keys)));
    const decoderOnly = under('decoder.', keys);
    const alone = partOf(new Map([...decoderOnly].map(([name, shape]) => [`decoder.${name}`, shape])));
    expect(vaeGeometry(alone)).toEqual(geometry);
  });

  test.each(['clip_l', 'clip_g'] as const)('%s: geometry and all tensors', (name) => {
    const { keys, hyper } = inventory(name);
    const geometry = clipGeometry(partOf(under('', keys)), name);
    expect(geometry).toEqual({
      hiddenSize: hyper.hidden_size,
      layers: hyper.num_hidden_layers,
      heads: hyper.num_attention_heads,
      intermediateSize: hyper.intermediate_size,
      vocabSize: hyper.vocab_size,
      positions: hyper.max_position_embeddings,
      activation: hyper.hidden_act,
      projected: name === 'clip_g',
    });
    expect(sorted(clipTensors(geometry))).toEqual(sorted(under('', keys)));
  });

  test.each(['shared.weight', 'encoder.embed_tokens.weight'])(
    't5xxl with its embedding as %s',
    (embedding) => {
      const { keys, optional_keys, hyper } = inventory('t5xxl');
      const shapes = under('', keys);
      shapes.delete('shared.weight');
      shapes.delete('encoder.embed_tokens.weight');
      const rest = new Map(shapes);
      shapes.set(embedding, optional_keys![embedding]!);
      const geometry = t5Geometry(withSharedEmbedding(partOf(shapes)));
      expect(geometry).toEqual({
        hiddenSize: hyper.d_model,
        layers: hyper.num_layers,
        heads: hyper.num_heads,
        headSize: hyper.d_kv,
        feedForwardSize: hyper.d_ff,
        vocabSize: hyper.vocab_size,
        relativeBuckets: hyper.relative_attention_num_buckets,
        relativeMaxDistance: hyper.relative_attention_max_distance,
        minLength: 77,
      });
      const needed = t5Tensors(geometry);
      expect(needed.get('shared.weight')).toEqual(optional_keys![embedding]);
      needed.delete('shared.weight');
      expect(sorted(needed)).toEqual(sorted(rest));
    },
  );
});
