import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expandHome, listModels, modelRoots, sameName } from '../../config/model-folders.ts';
import { readSettings } from '../../config/settings.ts';
import { findTokenizers, SHIPPED_TOKENIZERS } from '../../config/tokenizer-files.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'darkroom-folders-')));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text = 'x'): string {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
}
const listed = (folders: Parameters<typeof listModels>[0]) => listModels(folders).map(({ path }) => path);

test('finds files in sub-folders of any name and case, and leaves out what is no model', () => {
  const wanted = [
    put('models/Checkpoints/My/SD35.SafeTensors'),
    put('models/unet/a.gguf'),
    put('models/noname'),
  ];
  put('models/readme.md');
  put('models/models.json');
  put('models/.hidden/b.safetensors');
  expect(listed({ modelsDir: join(root, 'models') }).sort()).toEqual(wanted.sort());
});

test('a loop of links ends, and what two links lead to is listed once', () => {
  const file = put('models/a/one.safetensors');
  symlinkSync(join(root, 'models'), join(root, 'models/a/again'));
  symlinkSync(file, join(root, 'models/b.safetensors'));
  expect(listed({ modelsDir: join(root, 'models') })).toHaveLength(1);
});

test('extra_model_paths.yaml: several folders a kind, relative to base_path, with ~', () => {
  put('home/elsewhere/x.safetensors');
  put('store/sd/y.safetensors');
  put(
    'comfy/extra_model_paths.yaml',
    `a111:\n    base_path: ../store\n    checkpoints: |\n        sd\n        other\nmine:\n    base_path: ~/\n    is_default: true\n    vae: elsewhere\n    custom_nodes: nodes\n`,
  );
  mkdirSync(join(root, 'comfy/models'), { recursive: true });
  const folders = {
    modelsDir: join(root, 'none'),
    comfyuiDir: join(root, 'comfy'),
    home: join(root, 'home'),
  };
  expect(modelRoots(folders)).toEqual([
    join(root, 'none'),
    join(root, 'comfy/models'),
    join(root, 'store/sd'),
    join(root, 'store/other'),
    join(root, 'home/elsewhere'),
  ]);
  expect(listed(folders)).toHaveLength(2);
});

test.each(['', ': [', '- 1', 'a: 7', 'a:\n  checkpoints: [1, 2]'])(
  'a yaml that is %j stops nothing',
  (text) => {
    put('comfy/models/a.safetensors');
    put('comfy/extra_model_paths.yaml', text);
    expect(listed({ modelsDir: join(root, 'none'), comfyuiDir: join(root, 'comfy') })).toHaveLength(1);
  },
);

test('the portable ComfyUI around the real one', () => {
  put('portable/ComfyUI/models/checkpoints/a.safetensors');
  expect(listed({ modelsDir: join(root, 'none'), comfyuiDir: join(root, 'portable') })).toHaveLength(1);
});

test('of a Hugging Face cache only what belongs to Stable Diffusion 3', () => {
  put('hub/models--stabilityai--stable-diffusion-3.5-large/snapshots/abc/sd3.5_large.safetensors');
  put('hub/models--stabilityai--stable-diffusion-3.5-large/blobs/0123');
  put('hub/models--meta-llama--Llama/snapshots/abc/model.safetensors');
  const found = listed({ modelsDir: join(root, 'none'), huggingFaceCache: join(root, 'hub') });
  expect(found.map((path) => path.slice(root.length))).toEqual([
    '/hub/models--stabilityai--stable-diffusion-3.5-large/snapshots/abc/sd3.5_large.safetensors',
  ]);
});

test('~ and $HOME in settings', () => {
  const env = {
    HOME: '/home/me',
    MODELS_DIR: '~/models',
    COMFYUI_DIR: `\${HOME}/ComfyUI`,
    DATA_DIR: '$HOME/data',
  };
  expect(readSettings(env)).toMatchObject({
    modelsDir: '/home/me/models',
    comfyuiDir: '/home/me/ComfyUI',
    dataDir: '/home/me/data',
    huggingFaceCache: '/home/me/.cache/huggingface/hub',
  });
  expect(expandHome('~other/x', env)).toBe('~other/x');
  expect(expandHome('$UNKNOWN/x', env)).toBe('$UNKNOWN/x');
});

test('names are the same whatever the case of their letters', () => {
  expect(sameName('/a/Checkpoints/My_Model.safetensors', 'my_model.safetensors')).toBe(true);
  expect(sameName('/a/Checkpoints/My_Model.safetensors', 'checkpoints/my_model.safetensors')).toBe(true);
  expect(sameName('/a/xmy_model.safetensors', 'my_model.safetensors')).toBe(false);
});

test('tokenizers come with the program where nobody brings their own', () => {
  expect(findTokenizers({ modelsDir: join(root, 'none') })).toBe(SHIPPED_TOKENIZERS);
  for (const name of ['clip_vocab.json', 'clip_merges.txt', 't5_tokenizer.json'])
    put(`models/tokenizers/${name}`);
  expect(findTokenizers({ modelsDir: join(root, 'models') })).toBe(join(root, 'models/tokenizers'));
});
