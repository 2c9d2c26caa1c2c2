import { expect, test } from 'vitest';
import { fitAspect } from '../../commands/choose-size.ts';
import type { RawOptions } from '../../commands/options.ts';
import { type ChosenModel, type ImagineContext, readImagine } from '../../commands/read-imagine.ts';
import { Fault } from '../../config/faults.ts';

const model: ChosenModel = {
  name: 'medium',
  files: { checkpoint: '/m.safetensors', tokenizers: '/t' },
  defaults: {
    steps: 40,
    cfg: 4.5,
    sampler: 'dpmpp_2m',
    scheduler: 'sgm_uniform',
    shift: 3,
    width: 1024,
    height: 1024,
  },
  maxSide: 2048,
  depth: 24,
};
const checked: unknown[] = [];
const facts = { width: 1200, height: 800, transparent: false };
const context: ImagineContext = {
  styles: [
    { name: 'none', prompt: '', negative: '' },
    { name: 'Anime', prompt: 'anime of {prompt}', negative: 'photo' },
  ],
  chooseModel: (name, label) => {
    if (name === undefined || name === 'medium') return model;
    throw new Fault('models.unknown', { option: label, name, installed: ['medium'] });
  },
  async checkPicture(bytes, label) {
    checked.push({ bytes, label });
    return facts;
  },
  findLora: (name) => `/loras/${name}.safetensors`,
  findControlNet: (name) => `/controlnet/${name}`,
  randomSeed: () => 123,
  newId: () => 'id-1',
  label: (name) => name,
};
const read = (options: RawOptions) => readImagine({ prompt: 'a fox', ...options }, context);

test('a prompt alone takes everything else from the model, and a random seed', async () => {
  expect(await read({})).toEqual({
    id: 'id-1',
    model: { name: 'medium', files: model.files },
    prompt: 'a fox',
    negative: '',
    width: 1024,
    height: 1024,
    seed: 123,
    steps: 40,
    cfg: 4.5,
    sampler: 'dpmpp_2m',
    scheduler: 'sgm_uniform',
    shift: 3,
    count: 1,
    previews: true,
    keepTensors: false,
  });
});

test('values are taken as text and as numbers alike', async () => {
  const asText = await read({
    seed: '9007199254740991',
    steps: ' 7 ',
    cfg: '.5',
    shift: '1e0',
    count: '4',
    size: '64X32',
  });
  const asNumbers = await read({
    seed: 9007199254740991,
    steps: 7,
    cfg: 0.5,
    shift: 1,
    count: 4,
    size: '64x32',
  });
  expect(asText).toEqual(asNumbers);
  expect(asText).toMatchObject({
    seed: 9007199254740991,
    steps: 7,
    cfg: 0.5,
    count: 4,
    width: 64,
    height: 32,
  });
});

test('a style is found whatever its case, and dresses prompt and negative prompt', async () => {
  expect(await read({ style: 'anime', negative: 'blurry' })).toMatchObject({
    prompt: 'anime of a fox',
    negative: 'blurry, photo',
  });
});

test('the prompt passes through unchanged: blanks, weights, emoji', async () => {
  const prompt = '  (red:1.3) fox, 東京 🦊\n<b> ';
  expect((await read({ prompt })).prompt).toBe(prompt);
});

test('image to image has a strength, and the picture is checked', async () => {
  const image = new Uint8Array([1, 2, 3]);
  const request = await read({ image, aspect: '2:1' });
  expect(request.init).toEqual({ image, strength: 0.6, transparent: false });
  expect(checked.at(-1)).toEqual({ bytes: image, label: 'image' });
  expect((await read({ image, strength: 1 })).init?.strength).toBe(1);
});

test('skip-layer guidance has ComfyUI’s defaults', async () => {
  expect((await read({ slg: '2.5' })).slg).toEqual({ scale: 2.5, layers: [7, 8, 9], start: 0.01, end: 0.15 });
  expect((await read({ slg: 3, 'slg-layers': '1, 2', 'slg-end': 0.5 })).slg).toEqual({
    scale: 3,
    layers: [1, 2],
    start: 0.01,
    end: 0.5,
  });
});

test.each([
  [1, 1024, 1024],
  [3 / 2, 1248, 832],
  [16 / 9, 1360, 768],
  [9 / 16, 768, 1360],
  [4, 2048, 512],
])('an aspect of %f keeps the model’s area in multiples of 16: %ix%i', (aspect, width, height) => {
  expect(fitAspect(aspect, 1024 * 1024, 2048)).toEqual({ width, height });
});

test('an aspect never leaves the position table', () => {
  expect(fitAspect(4, 512 * 512, 512)).toEqual({ width: 512, height: 128 });
  expect(fitAspect(1 / 4, 16 * 16, 384)).toEqual({ width: 16, height: 32 });
});

const long = (n: number) => 'x'.repeat(n);
test.each<[RawOptions, string, string]>([
  [{ prompt: undefined }, 'option.missing', 'prompt is missing'],
  [{ prompt: '' }, 'option.value', '1 to 2000 characters'],
  [{ prompt: ' \n\t' }, 'option.value', 'not only blanks'],
  [{ prompt: long(2001) }, 'option.value', '1 to 2000 characters'],
  [{ prompt: 'half a \ud83e fox' }, 'option.value', 'allowed: text without control characters'],
  [{ prompt: 'a fox\0' }, 'option.value', 'allowed: text without control characters'],
  [{ prompt: 'a \u001b[31m fox' }, 'option.value', 'allowed: text without control characters'],
  [{ negative: long(1001) }, 'option.value', '0 to 1000 characters'],
  [{ seed: -1 }, 'option.value', 'seed is "-1"; allowed: a whole number from 0 to 9007199254740991.'],
  [{ seed: 2 ** 53 }, 'option.value', '9007199254740991'],
  [{ seed: '1.0' }, 'option.value', 'whole number'],
  [{ seed: '0x10' }, 'option.value', 'whole number'],
  [{ seed: '' }, 'option.value', 'seed is ""'],
  [{ steps: 0 }, 'option.value', 'from 1 to 150'],
  [{ steps: 151 }, 'option.value', 'from 1 to 150'],
  [{ steps: 2.5 }, 'option.value', 'whole number'],
  [{ cfg: -0.1 }, 'option.value', 'from 0 to 30'],
  [{ cfg: 30.5 }, 'option.value', 'from 0 to 30'],
  [{ cfg: 'NaN' }, 'option.value', 'cfg is "NaN"'],
  [{ cfg: Number.NaN }, 'option.value', 'cfg is "NaN"'],
  [{ cfg: 'Infinity' }, 'option.value', 'from 0 to 30'],
  [{ cfg: '4,5' }, 'option.value', 'cfg is "4,5"'],
  [{ shift: 0 }, 'option.value', 'above 0'],
  [{ count: 5 }, 'option.value', 'from 1 to 4'],
  [{ sampler: 'Eulerr' }, 'option.value', 'euler, euler_cfg_pp'],
  [{ scheduler: 'toString' }, 'option.value', 'simple, sgm_uniform'],
  [{ style: 'baroque' }, 'option.value', 'none, Anime'],
  [{ style: '' }, 'option.value', 'style is ""'],
  [{ model: 'xl' }, 'models.unknown', 'installed: medium'],
  [{ size: '512' }, 'option.value', 'multiples of 16'],
  [{ size: '500x512' }, 'option.value', 'multiples of 16'],
  [{ size: '0x16' }, 'option.value', 'multiples of 16'],
  [{ size: '16x99999999999' }, 'option.value', 'multiples of 16'],
  [{ size: '2064x16' }, 'option.value', 'sides up to 2048 pixels with the model "medium"'],
  [{ aspect: '3/2' }, 'option.value', 'width:height'],
  [{ aspect: '5:1' }, 'option.value', 'from 1:4 to 4:1'],
  [{ aspect: '0:0' }, 'option.value', 'width:height'],
  [{ size: '64x64', aspect: '1:1' }, 'option.conflict', 'size and aspect cannot be used together'],
  [{ strength: 0.5 }, 'option.needs', 'strength works only with image'],
  [{ strength: 0, image: new Uint8Array(1) }, 'option.value', 'above 0, up to 1'],
  [{ strength: 1.01, image: new Uint8Array(1) }, 'option.value', 'above 0, up to 1'],
  [{ image: 'fox.png' }, 'option.value', 'a PNG, JPEG or WebP picture'],
  [{ prompt: new Uint8Array(3) }, 'option.value', '(3 bytes)'],
  [{ 'slg-start': 0.2 }, 'option.needs', 'slg-start works only with slg'],
  [{ slg: 0 }, 'option.value', 'above 0'],
  [{ slg: 3, 'slg-layers': '7,,8' }, 'option.value', 'block numbers'],
  [{ slg: 3, 'slg-layers': '7,7' }, 'option.value', 'without repetition'],
  [{ slg: 3, 'slg-layers': '24' }, 'option.value', 'blocks 0 to 23 of the model "medium"'],
  [{ slg: 3, 'slg-start': 0.5, 'slg-end': 0.5 }, 'option.value', 'a number above slg-start, which is 0.5'],
])('refuses %j', async (options, code, words) => {
  const fault = await read(options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(fault).toMatchObject({ code, blame: 'input', message: expect.stringContaining(words) });
  expect((fault as Fault).message).not.toMatch(/\n/);
  const [only, ...others] = Object.keys(options);
  if (code === 'option.value' && others.length === 0)
    expect((fault as Fault).data).toMatchObject({ option: only });
});

test('a model’s own LoRA files come before those of the prompt', async () => {
  const own = { file: '/models/fast.safetensors', strength: 1 };
  const request = await readImagine(
    { prompt: 'a fox <lora:ink:0.5>' },
    {
      ...context,
      chooseModel: () => ({ ...model, loras: [own] }),
      findLora: (name) => `/models/${name}.safetensors`,
    },
  );
  expect(request).toMatchObject({
    prompt: 'a fox',
    loras: [own, { file: '/models/ink.safetensors', strength: 0.5 }],
  });
});
