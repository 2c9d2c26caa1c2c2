import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findModel } from '../../config/find-model.ts';
import { MODELS } from '../../config/models.ts';
import { readModelTable } from '../../config/user-models.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'darkroom-models-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}
const tokenizers = ['clip_vocab.json', 'clip_merges.txt', 't5_tokenizer.json'].map(
  (name) => `models/tokenizers/${name}`,
);
const entry = (name: string) => MODELS.find((model) => model.name === name)!;
const find = (name: string, comfy = false) =>
  findModel(entry(name), {
    modelsDir: join(root, 'models'),
    ...(comfy && { comfyuiDir: join(root, 'comfy') }),
  });

test('finds files that lie flat in the folder of weights', () => {
  put(
    'models/sd3.5_large.safetensors',
    'models/clip_l.safetensors',
    'models/clip_g.safetensors',
    'models/t5xxl_fp8_e4m3fn.safetensors',
    ...tokenizers,
  );
  const models = join(root, 'models');
  expect(find('large')).toEqual({
    files: {
      checkpoint: join(models, 'sd3.5_large.safetensors'),
      clipL: join(models, 'clip_l.safetensors'),
      clipG: join(models, 'clip_g.safetensors'),
      t5: join(models, 't5xxl_fp8_e4m3fn.safetensors'),
      tokenizers: join(models, 'tokenizers'),
    },
  });
});

test('finds the same in ComfyUI’s folders, with its tokenizers', () => {
  put(
    'comfy/models/checkpoints/sd3.5_medium.safetensors',
    'comfy/models/text_encoders/clip_l.safetensors',
    'comfy/models/clip/clip_g.safetensors',
    'comfy/models/text_encoders/t5xxl_fp16.safetensors',
    'comfy/comfy/sd1_tokenizer/vocab.json',
    'comfy/comfy/sd1_tokenizer/merges.txt',
    'comfy/comfy/text_encoders/t5_tokenizer/tokenizer.json',
  );
  expect(find('medium', true)).toMatchObject({
    files: {
      checkpoint: join(root, 'comfy/models/checkpoints/sd3.5_medium.safetensors'),
      clipG: join(root, 'comfy/models/clip/clip_g.safetensors'),
      tokenizers: join(root, 'comfy/comfy'),
    },
  });
});

test('a diffusion model without VAE gets one; a checkpoint that brings its own does not', () => {
  put(...tokenizers, 'models/vae/sd3_vae.safetensors');
  put('models/diffusion_models/sd3.5_large_turbo.safetensors');
  expect(find('turbo')).toMatchObject({ files: { vae: join(root, 'models/vae/sd3_vae.safetensors') } });
  put('models/checkpoints/sd3.5_large.safetensors');
  expect(find('large')).not.toHaveProperty('files.vae');
});

test('an all-in-one file is used with the encoders inside it', () => {
  put('models/sd3.5_large_fp8_scaled.safetensors', 'models/clip_l.safetensors', ...tokenizers);
  expect(find('large')).not.toHaveProperty('files.clipL');
});

test('says what is missing and where it was looked for', () => {
  expect(find('large', true)).toEqual({
    missing: 'sd3.5_large.safetensors or sd3.5_large_fp8_scaled.safetensors',
    folders: [join(root, 'models'), join(root, 'comfy/models')],
  });
  put('models/sd3.5_large.safetensors');
  expect(find('large')).toMatchObject({ missing: expect.stringContaining('clip_vocab.json') });
});

const table = (json: unknown) => {
  put('models/models.json');
  writeFileSync(join(root, 'models/models.json'), typeof json === 'string' ? json : JSON.stringify(json));
  return readModelTable(join(root, 'models'));
};

test('an operator’s models come first, with the defaults of the model they are like', () => {
  const [mine, ...rest] = table([
    {
      name: 'anime',
      like: 'medium',
      files: { checkpoint: 'anime.safetensors' },
      defaults: { steps: 20, width: 768 },
    },
  ]);
  expect(mine).toMatchObject({
    name: 'anime',
    title: 'anime',
    licence: 'stability',
    defaults: { ...entry('medium').defaults, steps: 20, width: 768 },
    files: { checkpoint: ['anime.safetensors'], clipL: ['clip_l.safetensors'] },
  });
  expect(rest).toEqual(MODELS);
  put('models/anime.safetensors', ...tokenizers);
  expect(findModel(mine!, { modelsDir: join(root, 'models') })).toHaveProperty('files.checkpoint');
});

test('no models.json: the built-in table', () => {
  expect(readModelTable(join(root, 'models'))).toBe(MODELS);
});

const files = { checkpoint: 'a.safetensors' };
test.each([
  ['{', '(all)'],
  [{}, '(all)'],
  [[{ files }], '0.name'],
  [[{ name: 'Big One', files }], '0.name'],
  [[{ name: 'a', files: {} }], '0.files.checkpoint'],
  [[{ name: 'a', files, defaults: { steps: 0 } }], '0.defaults.steps'],
  [[{ name: 'a', files, defaults: { sampler: 'magic' } }], '0.defaults.sampler'],
  [[{ name: 'a', files, defaults: { width: 1000 } }], '0.defaults.width'],
  [[{ name: 'a', files, colour: 'red' }], '0'],
  [[{ name: 'large', files }], '0.name'],
  [
    [
      { name: 'a', files },
      { name: 'a', files },
    ],
    '1.name',
  ],
])('a wrong models.json %j names the field', (json, field) => {
  expect(() => table(json)).toThrow(`models.json", field "${field}": `);
});
