/** Which files make up which model, decided by headers: files of zeros with the names and shapes that tell. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCatalogue, residentModel } from '../../../bot/catalogue.ts';
import { type Choice, chooseFiles } from '../../../bot/models/choose-files.ts';
import { entriesFor } from '../../../bot/models/found-models.ts';
import { readLibrary } from '../../../bot/models/library.ts';
import { officialName } from '../../../bot/models/official-names.ts';
import { readSettings } from '../../../config/settings.ts';
import { readModelTable } from '../../../config/user-models.ts';
import type { DType } from '../../../pipeline/weights/stored-tensor.ts';
import { writeSafetensors } from '../../pipeline/weights/write-safetensors.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'darkroom-choice-'));
});
afterEach(() => rmSync(root, { recursive: true }));

type Shapes = Readonly<Record<string, readonly number[]>>;
function put(name: string, shapes: Shapes, dtype: DType = 'F16'): string {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  const tensors = Object.entries(shapes).map(([tensor, shape]) => ({ name: tensor, dtype, shape }));
  writeSafetensors(join(root, name), tensors);
  return join(root, name);
}
const mmdit = (dual = false, prefix = ''): Shapes =>
  Object.fromEntries(
    Object.entries({
      'joint_blocks.0.context_block.attn.qkv.weight': [24, 8],
      'joint_blocks.0.x_block.attn.ln_q.weight': [4],
      'x_embedder.proj.weight': [8, 16, 2, 2],
      'context_embedder.weight': [8, 32],
      'y_embedder.mlp.0.weight': [8, 24],
      ...(dual ? { 'joint_blocks.0.x_block.attn2.qkv.weight': [24, 8] } : {}),
    }).map(([name, shape]) => [prefix + name, shape]),
  );
const vae = (channels = 16): Shapes => ({
  'decoder.mid.block_1.conv1.weight': [8, 8, 3, 3],
  'decoder.conv_in.weight': [8, channels, 3, 3],
});
const clip = (width: number, projected = false): Shapes => ({
  'text_model.encoder.layers.0.mlp.fc1.weight': [8, width],
  'text_model.embeddings.token_embedding.weight': [10, width],
  'text_model.embeddings.position_embedding.weight': [77, width],
  ...(projected ? { 'text_projection.weight': [width, width] } : {}),
});
const t5 = (words = 32128, width = 32): Shapes => ({
  'encoder.block.0.layer.0.SelfAttention.q.weight': [8, width],
  'shared.weight': [words, width],
});
const under = (prefix: string, shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));

function encoders(): void {
  put('text_encoders/Clip_L.safetensors', clip(8));
  put('text_encoders/clip_g.safetensors', clip(16, true));
}

function choose(name: string, table?: unknown): Choice {
  if (table !== undefined) writeFileSync(join(root, 'models.json'), JSON.stringify(table));
  const folders = { modelsDir: root };
  const known = entriesFor(readModelTable(root), readLibrary(folders), folders);
  return known.find(({ entry }) => entry.name === name)!.choice;
}
const at = (name: string) => join(root, name);

test('a checkpoint without a VAE takes the one that lies in vae/, whatever the folder is called', () => {
  encoders();
  put('checkpoints/sd3.5_large.safetensors', mmdit());
  put('vae/sd3_vae.safetensors', vae());
  expect(choose('large').files).toMatchObject({
    checkpoint: at('checkpoints/sd3.5_large.safetensors'),
    vae: at('vae/sd3_vae.safetensors'),
    clipL: at('text_encoders/Clip_L.safetensors'),
    clipG: at('text_encoders/clip_g.safetensors'),
  });
});

test('a VAE that models.json names is used for a merge without one', () => {
  encoders();
  put('my_merge.safetensors', mmdit(false, 'model.diffusion_model.'));
  put('vae/sd3_vae.safetensors', vae());
  put('my_vae.safetensors', vae());
  const table = [{ name: 'merge', files: { checkpoint: 'My_Merge.safetensors', vae: 'my_vae.safetensors' } }];
  expect(choose('merge', table).files).toMatchObject({ vae: at('my_vae.safetensors') });
});

test('a file that models.json names and that is not there is missing, not left out in silence', () => {
  encoders();
  put('sd3.5_large.safetensors', { ...mmdit(), ...vae() });
  put('t5xxl_fp16.safetensors', t5());
  const choice = choose('typo', [
    { name: 'typo', files: { checkpoint: 'sd3.5_large.safetensors', t5: 't5xxl_fp17.safetensors' } },
  ]);
  expect(choice.files).toBeUndefined();
  expect(choice.missing).toMatchObject([
    { part: 't5', named: true, what: expect.stringContaining('t5xxl_fp17') },
  ]);
});

test('T5 under any name is found; one that models.json leaves out on purpose is left out', () => {
  encoders();
  put('sd3.5_large.safetensors', { ...mmdit(), ...vae() });
  put('text_encoders/flan.safetensors', t5());
  expect(choose('large')).toMatchObject({ files: { t5: at('text_encoders/flan.safetensors') }, without: [] });
  const without = choose('bare', [
    { name: 'bare', files: { checkpoint: 'sd3.5_large.safetensors', t5: null } },
  ]);
  expect(without).toMatchObject({
    files: expect.not.objectContaining({ t5: expect.anything() }),
    without: ['t5'],
  });
});

test('UMT5 and mT5 are not taken for T5, nor a T5 of another width', () => {
  encoders();
  put('sd3.5_large.safetensors', { ...mmdit(), ...vae() });
  put('a/umt5.safetensors', {
    ...t5(),
    'encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight': [2, 2],
  });
  put('a/mt5.safetensors', t5(250_112));
  put('a/t5_base.safetensors', t5(32128, 64));
  expect(choose('large')).toMatchObject({ without: ['t5'] });
});

test('what lacks a CLIP is not installed, and the sentence names the part and its usual file', () => {
  put('sd3.5_large.safetensors', { ...mmdit(), ...vae() });
  put('clip_l.safetensors', clip(8));
  const { files, missing } = choose('large');
  expect(files).toBeUndefined();
  expect(missing.map(({ what }) => what)).toEqual(['CLIP-G text encoder (such as clip_g.safetensors)']);
});

test('an all-in-one file is used with the encoders inside it; a named T5 wins all the same', () => {
  encoders();
  const inside = {
    ...mmdit(),
    ...vae(),
    ...under('text_encoders.clip_l.transformer.', clip(8)),
    ...under('text_encoders.clip_g.transformer.', clip(16, true)),
  };
  put('all.safetensors', inside);
  put('t5xxl_fp8_e5m2.safetensors', t5());
  const table = [
    {
      name: 'all',
      files: { checkpoint: 'all.safetensors', allInOne: true, t5: 't5xxl_fp8_e5m2.safetensors' },
    },
  ];
  const { files } = choose('all', table);
  expect(files).toMatchObject({ t5: at('t5xxl_fp8_e5m2.safetensors') });
  expect(files).not.toHaveProperty('clipL');
});

test('VAEs of other models are never taken: 4 channels, or FLUX’s, which only its name tells', () => {
  encoders();
  put('sd3.5_large.safetensors', mmdit());
  put('vae/sdxl_vae.safetensors', vae(4));
  put('vae/ae.safetensors', vae());
  put('vae/flux_vae.safetensors', vae());
  expect(choose('large').missing.map(({ part }) => part)).toEqual(['vae']);
});

test('a checkpoint of any other name is a model of its own, and serves as Large where it is the only one', () => {
  encoders();
  put('vae/sd3_vae.safetensors', vae());
  put('checkpoints/My Großer Merge.safetensors', mmdit());
  expect(choose('my-gro-er-merge').files).toBeDefined();
  expect(choose('large').files).toMatchObject({ checkpoint: at('checkpoints/My Großer Merge.safetensors') });
  put('checkpoints/another.safetensors', mmdit());
  expect(choose('large').files).toBeUndefined();
  put('checkpoints/sd3.5_large-Q8.safetensors', mmdit());
  expect(choose('turbo').files).toBeUndefined();
});

test('of several files of one model the better type is taken', () => {
  encoders();
  put('vae/sd3_vae.safetensors', vae());
  put('sd3.5_large_fp8_e4m3fn.safetensors', mmdit(), 'F8_E4M3');
  put('x/sd3.5_large_bf16.safetensors', mmdit(), 'BF16');
  expect(choose('large').files).toMatchObject({ checkpoint: at('x/sd3.5_large_bf16.safetensors') });
});

test('a diffusers folder counts as one model with its own parts', () => {
  put('sd35/transformer/diffusion_pytorch_model.safetensors', {
    'transformer_blocks.0.attn.add_q_proj.weight': [8, 8],
    'pos_embed.proj.weight': [8, 16, 2, 2],
    'transformer_blocks.0.attn.norm_q.weight': [4],
  });
  put('sd35/vae/diffusion_pytorch_model.safetensors', vae());
  put('sd35/text_encoder/model.safetensors', clip(8));
  put('sd35/text_encoder_2/model.safetensors', clip(16, true));
  writeFileSync(at('sd35/model_index.json'), '{"_class_name":"StableDiffusion3Pipeline"}');
  expect(choose('sd35')).toMatchObject({ files: { checkpoint: at('sd35') }, missing: [], without: ['t5'] });
});

test('shards count as one file', () => {
  encoders();
  put('vae/sd3_vae.safetensors', vae());
  put('m/model-00001-of-00002.safetensors', { a: [1] });
  put('m/model-00002-of-00002.safetensors', mmdit());
  const cards = readLibrary({ modelsDir: root }).filter(({ path }) => path.includes('/m/'));
  expect(cards).toMatchObject([
    { kind: 'checkpoint', shard: { of: 2 }, path: at('m/model-00001-of-00002.safetensors') },
  ]);
});

test.each([
  ['sd3.5_large.safetensors', 'large'],
  ['SD3.5_Large_Turbo_fp8_scaled.safetensors', 'turbo'],
  ['sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors', 'medium'],
  ['sd3.5_large-Q4_K_M.gguf', 'large'],
  ['stable-diffusion-3.5-large-turbo', 'turbo'],
  ['models--stabilityai--stable-diffusion-3.5-medium/snapshots/abc', 'medium'],
  ['sd3.5_large_anime_v2.safetensors', undefined],
  ['sd3.5m_turbo.safetensors', undefined],
  ['my_sd3.5_large.safetensors', undefined],
])('%s is by its name %s', (path, name) => {
  expect(officialName(path)).toBe(name);
});

test('the embedded models need nothing of anybody', () => {
  const nano = readModelTable(root).find(({ name }) => name === 'nano')!;
  expect(chooseFiles(nano, [], { modelsDir: root })).toMatchObject({ missing: [], without: [] });
});

test('a LoRA as a model of its own: its files are found by name in any folder, and one that is not there is missing', () => {
  encoders();
  put('checkpoints/sd3.5_medium.safetensors', { ...mmdit(true), ...vae() });
  put('loras/sd35/Fast.safetensors', { 'lora_unet_joint_blocks_0_x_block_attn_qkv.lora_up.weight': [24, 2] });
  const model = (loras: unknown) => [
    { name: 'fast', like: 'medium-turbo', files: { checkpoint: 'sd3.5_medium.safetensors' }, loras },
  ];
  const choice = choose('fast', model([{ file: 'fast', strength: 0.8 }]));
  expect(choice.files).toMatchObject({ checkpoint: at('checkpoints/sd3.5_medium.safetensors') });
  expect(choice.loras).toEqual([{ file: at('loras/sd35/Fast.safetensors'), strength: 0.8 }]);
  expect(choose('medium').loras).toBeUndefined();
  const lacking = choose('fast', model(['gone.safetensors']));
  expect(lacking.files).toBeUndefined();
  expect(lacking.missing).toEqual([{ part: 'lora', what: 'LoRA (gone.safetensors)', named: true }]);
});

test('what a device holds is told by the file’s name and type, never by its folder', () => {
  encoders();
  put('checkpoints/sd3.5_large.safetensors', { ...mmdit(), ...vae() });
  const catalogue = openCatalogue(readSettings({ MODELS_DIR: root }));
  const held = residentModel(catalogue, at('checkpoints/sd3.5_large.safetensors'));
  expect(held).toEqual({ name: 'large', from: 'sd3.5_large.safetensors, F16' });
  const nano = catalogue.models.find(({ entry }) => entry.name === 'nano')!.files!.checkpoint;
  expect(residentModel(catalogue, nano)).toEqual({ name: 'nano' });
  expect(residentModel(catalogue, '/elsewhere/other.safetensors')).toEqual({ name: 'other.safetensors' });
});
