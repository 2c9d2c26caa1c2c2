import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect } from '../../../pipeline/weights/detect.ts';
import { hasVaeEncoder } from '../../../pipeline/weights/networks/vae.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import type { DType } from '../../../pipeline/weights/stored-tensor.ts';
import { openTensors } from '../../../pipeline/weights/tensor-set.ts';
import { reference } from '../../reference.ts';
import { faultOf } from './fault-of.ts';
import { temporaryFolder } from './folder.ts';
import { diffusersInventory, hasInventory, inventory, type Shapes } from './inventory.ts';
import { type TensorToWrite, writeSafetensors } from './write-safetensors.ts';

const path = temporaryFolder();
const tokenizers = '';

/** A file of these shapes at full size; all zeros, so it takes no room on disk. */
function sparse(name: string, shapes: Iterable<readonly [string, readonly number[]]>, dtype: DType = 'F16') {
  const tensors: TensorToWrite[] = [...shapes].map(([tensor, shape]) => ({ name: tensor, dtype, shape }));
  mkdirSync(dirname(path(name)), { recursive: true });
  writeSafetensors(path(name), tensors);
  return path(name);
}

const prefixed = (prefix: string, shapes: Shapes) =>
  Object.entries(shapes).map(([name, shape]) => [prefix + name, shape] as const);

describe.skipIf(!hasInventory)('at the real sizes', () => {
  const keys = hasInventory
    ? {
        large: inventory('sd3.5_large').keys,
        medium: inventory('sd3.5_medium').keys,
        clip_l: inventory('clip_l').keys,
        clip_g: inventory('clip_g').keys,
        t5xxl: inventory('t5xxl').keys,
      }
    : undefined!;

  test('Large with its text encoders in files of their own needs no geometry file', () => {
    const model = openModel({
      checkpoint: sparse('large.safetensors', prefixed('', keys.large)),
      clipL: sparse('l.safetensors', prefixed('', keys.clip_l)),
      clipG: sparse('g.safetensors', prefixed('', keys.clip_g)),
      t5: sparse('t5.safetensors', prefixed('', keys.t5xxl), 'F8_E4M3'),
      tokenizers,
    });
    expect(model.mmdit.geometry).toMatchObject({ depth: 38, heads: 38, dualAttentionBlocks: [] });
    expect([model.clip_l!.geometry.heads, model.clip_g!.geometry.heads]).toEqual([12, 20]);
    expect(model.t5xxl?.geometry).toMatchObject({ heads: 64, headSize: 64 });
    expect(hasVaeEncoder(model.vae)).toBe(true);
    expect(model.files.map(({ file }) => file).sort()).toEqual(
      ['g', 'l', 'large', 't5'].map((name) => path(`${name}.safetensors`)),
    );
    const swapped = faultOf(() =>
      openModel({
        checkpoint: path('large.safetensors'),
        clipL: path('g.safetensors'),
        clipG: path('l.safetensors'),
        tokenizers,
      }),
    );
    expect(swapped.code).toBe('weights.missing_tensor');
    expect(swapped.message).toContain('text_projection.weight');
  });

  test('an all-in-one Medium file holds everything', () => {
    const checkpoint = sparse('all.safetensors', [
      ...prefixed('', keys.medium),
      ...prefixed('text_encoders.clip_l.transformer.', keys.clip_l),
      ...prefixed('text_encoders.clip_g.transformer.', keys.clip_g),
      ...prefixed('text_encoders.t5xxl.transformer.', keys.t5xxl),
      ['text_encoders.clip_l.logit_scale', []],
    ]);
    expect(detect(openSafetensors(checkpoint).tensors).map(({ name }) => name)).toEqual([
      'mmdit',
      'vae',
      'clip_l',
      'clip_g',
      't5xxl',
    ]);
    const model = openModel({ checkpoint, tokenizers });
    expect(model.mmdit.geometry.dualAttentionBlocks).toHaveLength(13);
    expect(model.t5xxl?.tensors.has('shared.weight')).toBe(true);
    expect(model.files).toHaveLength(1);
  });

  test('a diffusers folder, its transformer in shards, reads as the same networks', () => {
    const { transformer, vae } = diffusersInventory('sd3.5_large');
    const shapes = Object.entries(transformer.keys).map(([name, { shape }]) => [name, shape] as const);
    const shards = [shapes.slice(0, 500), shapes.slice(500)];
    const weightMap: Record<string, string> = {};
    for (const [i, shard] of shards.entries()) {
      const name = `diffusion_pytorch_model-0000${i + 1}-of-00002.safetensors`;
      sparse(`hub/transformer/${name}`, shard, 'BF16');
      for (const [tensor] of shard) weightMap[tensor] = name;
    }
    writeFileSync(
      path('hub/transformer/diffusion_pytorch_model.safetensors.index.json'),
      JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap }),
    );
    const vaeShapes = Object.entries(vae.keys).map(([name, { shape }]) => [name, shape] as const);
    sparse('hub/vae/diffusion_pytorch_model.safetensors', vaeShapes);
    sparse('hub/text_encoder/model.safetensors', [
      ...prefixed('', keys.clip_l),
      ['text_projection.weight', [768, 768]],
    ]);
    sparse('hub/text_encoder_2/model.fp16.safetensors', prefixed('', keys.clip_g));
    const model = openModel({ checkpoint: path('hub'), tokenizers });
    const whole = openModel({
      checkpoint: sparse('large.safetensors', prefixed('', keys.large)),
      clipL: path('hub/text_encoder'),
      clipG: path('hub/text_encoder_2'),
      tokenizers,
    });
    for (const part of ['mmdit', 'vae', 'clip_l', 'clip_g'] as const) {
      expect(model[part]!.geometry).toEqual(whole[part]!.geometry);
      const shapesOf = [...model[part]!.tensors].map(([name, { shape }]) => [name, shape]);
      expect(shapesOf).toEqual([...whole[part]!.tensors].map(([name, { shape }]) => [name, shape]));
    }
    expect(model.t5xxl).toBeUndefined();
    expect(model.mmdit.tensors.get('pos_embed')!.dtype).toBe('BF16');
    expect(model.files).toHaveLength(5);
  });

  test('a single diffusers transformer needs a VAE of its own', () => {
    const { transformer, vae } = diffusersInventory('sd3.5_medium');
    const shapes = Object.entries(transformer.keys).map(([name, { shape }]) => [name, shape] as const);
    const checkpoint = sparse('transformer.safetensors', shapes);
    const clips = {
      clipL: sparse('l.safetensors', prefixed('', keys.clip_l)),
      clipG: sparse('g.safetensors', prefixed('', keys.clip_g)),
    };
    const fault = faultOf(() => openModel({ checkpoint, ...clips, tokenizers }));
    expect(fault.message).toBe(`${checkpoint} contains no VAE; name a file that does with --vae.`);
    const vaeFile = sparse(
      'vae.safetensors',
      Object.entries(vae.keys).map(([name, { shape }]) => [name, shape] as const),
    );
    expect(openModel({ checkpoint, ...clips, vae: vaeFile, tokenizers }).mmdit.geometry.depth).toBe(24);
  });

  test('two CLIPs that were exchanged are told apart even where both have a projection', () => {
    const files = {
      checkpoint: sparse('large.safetensors', prefixed('', keys.large)),
      clipL: sparse('g.safetensors', prefixed('', keys.clip_g)),
      clipG: sparse('l.safetensors', [...prefixed('', keys.clip_l), ['text_projection.weight', [768, 768]]]),
      tokenizers,
    };
    expect(faultOf(() => openModel(files)).code).toBe('weights.swapped');
  });
});

describe('the tiny checkpoints', () => {
  const tiny = (name: string) => reference().path('tiny', name);
  const encoders = {
    clipL: tiny('tiny_clip_l.safetensors'),
    clipG: tiny('tiny_clip_g.safetensors'),
    t5: tiny('tiny_t5xxl.safetensors'),
    tokenizers,
    geometry: tiny('config.json'),
  };
  interface Config {
    clip_l: { num_attention_heads: number };
    clip_g: { num_attention_heads: number };
    t5xxl: { num_heads: number };
    vae: { ch: number; ch_mult: number[] };
    mmdit: Record<'large' | 'medium', { depth: number; x_block_self_attn_layers: number[] }>;
  }
  const config = reference().json<Config>('tiny', 'config.json');

  test.each(['large', 'medium'] as const)('%s opens as its config.json says', (name) => {
    const vae = tiny('tiny_large.safetensors');
    const model = openModel({ checkpoint: tiny(`tiny_${name}.safetensors`), vae, ...encoders });
    const { depth, x_block_self_attn_layers: dual } = config.mmdit[name];
    expect(model.mmdit.geometry).toMatchObject({ depth, dualAttentionBlocks: dual });
    expect(model.clip_l!.geometry.heads).toBe(config.clip_l.num_attention_heads);
    expect(model.clip_g!.geometry.heads).toBe(config.clip_g.num_attention_heads);
    expect(model.t5xxl?.geometry.heads).toBe(config.t5xxl.num_heads);
    expect(model.vae.geometry.multipliers.map((mult) => mult * model.vae.geometry.channels)).toEqual(
      config.vae.ch_mult.map((mult) => mult * config.vae.ch),
    );
  });

  test('T5 may be left out', () => {
    const { t5: _, ...without } = encoders;
    expect(openModel({ checkpoint: tiny('tiny_large.safetensors'), ...without }).t5xxl).toBeUndefined();
  });

  test('networks carry what they need and nothing else', () => {
    const model = openModel({ checkpoint: tiny('tiny_large.safetensors'), ...encoders });
    const all = openTensors(tiny('tiny_large.safetensors')).tensors;
    expect(model.mmdit.tensors.size + model.vae.tensors.size).toBe(all.size);
    expect([...model.mmdit.tensors.keys()].every((name) => all.has(`model.diffusion_model.${name}`))).toBe(
      true,
    );
  });
});
