/**
 * Whatever is wrong with a command: exit code 2, one sentence on stderr, nothing printed, nothing written, and no
 * worker process started. The bulk runs in this process; a few go through the real entry.
 */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reference } from '../../reference.ts';
import { imagine } from './a-terminal.ts';
import { fileFlags, type TinyModel, tinyModel } from './tiny-model.ts';

let base: string;
let folder: string;
let tiny: TinyModel;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'darkroom-bad-'));
  folder = join(base, 'work');
  mkdirSync(join(folder, 'a-folder.png'), { recursive: true });
  tiny = tinyModel(base);
  const red = sharp({ create: { width: 64, height: 64, channels: 3, background: '#f00' } });
  const png = await red.png().toBuffer();
  writeFileSync(join(folder, 'good.png'), png);
  writeFileSync(join(folder, 'cut.png'), png.subarray(0, png.length / 2));
  writeFileSync(join(folder, 'text.png'), 'this is no picture');
  writeFileSync(join(folder, 'empty.png'), '');
  writeFileSync(join(folder, 'huge.png'), Buffer.concat([png, Buffer.alloc(11 * 1024 * 1024)]));
  writeFileSync(join(folder, 'moving.gif'), await red.gif().toBuffer());
  const checkpoint = readFileSync(tiny.files.checkpoint!);
  writeFileSync(join(folder, 'short.safetensors'), checkpoint.subarray(0, checkpoint.length - 100));
  writeFileSync(join(folder, 'headless.safetensors'), checkpoint.subarray(0, 1000));
  writeFileSync(join(folder, 'five-bytes.safetensors'), 'abcde');
  const claims = Buffer.from(checkpoint);
  claims.writeBigUInt64LE(2n ** 60n);
  writeFileSync(join(folder, 'long-header.safetensors'), claims);
  writeFileSync(join(folder, 'not.json'), '{"clip_l": ');
  writeFileSync(join(folder, 'wrong-heads.json'), '{"clip_l": {"num_attention_heads": "many"}}');
  symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
});
afterAll(() => rmSync(base, { recursive: true }));

const files = (changes = {}) => fileFlags(tiny, changes);
const long = (length: number) => 'x'.repeat(length);

/** What is typed, and what the sentence must name. Functions, because the files exist only once tests run. */
const cases: [name: string, argv: () => string[], names: string[]][] = [
  ['no prompt', () => files(), ['The prompt is missing']],
  ['an empty prompt', () => ['', ...files()], ['The prompt', '1 to 2000']],
  ['a blank prompt', () => ['   ', ...files()], ['The prompt', 'blanks']],
  ['a prompt that is too long', () => [long(2001), ...files()], ['The prompt', '1 to 2000']],
  [
    'a prompt without quotation marks',
    () => ['a', 'red', 'fox', ...files()],
    ['quotation marks', '"a"', '"red"'],
  ],
  ['an unknown flag', () => ['fox', '--stepz', '4', ...files()], ['--stepz', '--steps?']],
  ['a flag of nothing like ours', () => ['fox', '--embedding', 'x', ...files()], ['--embedding', '--help']],
  ['a flag without its value', () => ['fox', ...files(), '--seed'], ['--seed has no value']],
  ['a flag where a value should be', () => ['fox', '--out', '--json', ...files()], ['--out has no value']],
  ['a repeated flag', () => ['fox', '--seed', '1', '--seed', '1', ...files()], ['--seed', 'twice']],
  ['a value for a switch', () => ['fox', '--json=1', ...files()], ['--json', 'no value']],
  ['a negative seed', () => ['fox', '--seed', '-1', ...files()], ['--seed is "-1"', '9007199254740991']],
  ['a seed of 2^53', () => ['fox', '--seed', '9007199254740992', ...files()], ['--seed', '9007199254740991']],
  ['a seed that is no number', () => ['fox', '--seed', 'lucky', ...files()], ['--seed is "lucky"']],
  ['a seed with a line end', () => ['fox', '--seed', '1\n2', ...files()], ['--seed is "1\\u000a2"']],
  ['no steps', () => ['fox', '--steps', '0', ...files()], ['--steps is "0"', '1 to 150']],
  ['too many steps', () => ['fox', '--steps', '151', ...files()], ['--steps is "151"', '1 to 150']],
  ['half a step', () => ['fox', '--steps', '2.5', ...files()], ['--steps is "2.5"']],
  ['too much guidance', () => ['fox', '--cfg', '31', ...files()], ['--cfg is "31"', '0 to 30']],
  ['guidance that is no number', () => ['fox', '--cfg', 'NaN', ...files()], ['--cfg is "NaN"']],
  ['a decimal comma', () => ['fox', '--cfg', '4,5', ...files()], ['--cfg is "4,5"']],
  ['an unknown sampler', () => ['fox', '--sampler', 'magic', ...files()], ['--sampler is "magic"', 'euler']],
  [
    'an unknown scheduler',
    () => ['fox', '--scheduler', 'cron', ...files()],
    ['--scheduler is "cron"', 'karras'],
  ],
  ['no shift', () => ['fox', '--shift', '0', ...files()], ['--shift is "0"']],
  ['five pictures', () => ['fox', '--count', '5', ...files()], ['--count is "5"', '1 to 4']],
  ['an unknown style', () => ['fox', '--style', 'baroque', ...files()], ['--style is "baroque"', 'low poly']],
  ['an unknown model', () => ['fox', '--model', 'sdxl'], ['--model is "sdxl"']],
  ['an unknown model for own files', () => ['fox', '--model', 'sdxl', ...files()], ['--model is "sdxl"']],
  [
    'a model that is not here',
    () => ['fox', '--model', 'large'],
    ['--model is "large"', 'sd3.5_large.safetensors'],
  ],
  [
    'a size that is no size',
    () => ['fox', '--size', 'big', ...files()],
    ['--size is "big"', 'multiples of 16'],
  ],
  ['a size off the grid', () => ['fox', '--size', '100x128', ...files()], ['--size is "100x128"']],
  ['a size of nothing', () => ['fox', '--size', '0x0', ...files()], ['--size is "0x0"']],
  [
    'a size beyond the model',
    () => ['fox', '--size', '16384x16', ...files()],
    ['--size is "16384x16"', 'sides up to'],
  ],
  [
    'size and aspect at once',
    () => ['fox', '--size', '64x64', '--aspect', '1:1', ...files()],
    ['--size and --aspect'],
  ],
  ['an aspect that is none', () => ['fox', '--aspect', 'wide', ...files()], ['--aspect is "wide"']],
  ['a needle of a picture', () => ['fox', '--aspect', '1:100', ...files()], ['--aspect is "1:100"', '1:4']],
  ['strength without a picture', () => ['fox', '--strength', '0.5', ...files()], ['--strength', '--init']],
  ['no strength', () => ['fox', '--init', 'good.png', '--strength', '0', ...files()], ['--strength is "0"']],
  [
    'a picture that does not exist',
    () => ['fox', '--init', 'no.png', ...files()],
    ['--init', '"no.png"', 'not exist'],
  ],
  ['a folder for a picture', () => ['fox', '--init', 'a-folder.png', ...files()], ['--init', 'not a file']],
  ['a device for a picture', () => ['fox', '--init', '/dev/zero', ...files()], ['--init', 'not a file']],
  [
    'an empty picture',
    () => ['fox', '--init', 'empty.png', ...files()],
    ['--init "empty.png"', 'PNG, JPEG or WebP'],
  ],
  [
    'a text for a picture',
    () => ['fox', '--init', 'text.png', ...files()],
    ['--init "text.png"', 'PNG, JPEG'],
  ],
  ['a GIF', () => ['fox', '--init', 'moving.gif', ...files()], ['--init "moving.gif"', 'PNG, JPEG']],
  ['half a picture', () => ['fox', '--init', 'cut.png', ...files()], ['--init "cut.png"', 'damaged']],
  [
    'a picture that is too long',
    () => ['fox', '--init', 'huge.png', ...files()],
    ['--init "huge.png"', '10485760'],
  ],
  ['skip-layer parts alone', () => ['fox', '--slg-layers', '1', ...files()], ['--slg-layers', '--slg']],
  [
    'a layer beyond the model',
    () => ['fox', '--slg', '2', '--slg-layers', '99', ...files()],
    ['--slg-layers is "99"'],
  ],
  [
    'a skip that ends before it starts',
    () => ['fox', '--slg', '2', '--slg-layers', '0', '--slg-start', '0.5', '--slg-end', '0.1', ...files()],
    ['--slg-end is "0.1"', '--slg-start'],
  ],
  ['an unknown device', () => ['fox', '--device', 'gpu', ...files()], ['--device is "gpu"', 'cpu']],
  [
    'a part for the model in use that does not exist',
    () => ['fox', '--vae', 'x.safetensors'],
    ['x.safetensors'],
  ],
  [
    'a checkpoint that does not exist',
    () => ['fox', ...files({ checkpoint: 'no.safetensors' })],
    ['no.safetensors'],
  ],
  [
    'a checkpoint that does not exist, alone: not that tokenizers are missing',
    () => ['fox', '--checkpoint', './missing.safetensors'],
    ['--checkpoint names "./missing.safetensors", which does not exist.'],
  ],
  [
    'a shift that leaves nothing to compute',
    () => ['fox', '--shift', '1e-300', ...files()],
    ['no usable noise levels', '1e-300'],
  ],
  ['a checkpoint that is a picture', () => ['fox', ...files({ checkpoint: 'good.png' })], ['good.png']],
  [
    'a checkpoint of five bytes',
    () => ['fox', ...files({ checkpoint: 'five-bytes.safetensors' })],
    ['five-bytes'],
  ],
  [
    'a checkpoint cut in its header',
    () => ['fox', ...files({ checkpoint: 'headless.safetensors' })],
    ['headless'],
  ],
  [
    'a checkpoint cut at its end',
    () => ['fox', ...files({ checkpoint: 'short.safetensors' })],
    ['short.safetensors'],
  ],
  [
    'a header of 2^60 bytes',
    () => ['fox', ...files({ checkpoint: 'long-header.safetensors' })],
    ['long-header'],
  ],
  ['a link to itself', () => ['fox', ...files({ checkpoint: 'loop' })], ['loop', 'ELOOP']],
  ['an encoder for a checkpoint', () => ['fox', ...files({ checkpoint: tiny.files.t5 })], ['tiny_t5xxl']],
  ['the wrong encoder', () => ['fox', ...files({ t5: tiny.files['clip-l'] })], ['--t5', 'tiny_clip_l']],
  [
    'no encoder at all',
    () => ['fox', ...files({ 'clip-l': undefined, 'clip-g': undefined, t5: undefined })],
    ['--clip-l'],
  ],
  [
    'an empty folder of tokenizers',
    () => ['fox', ...files({ tokenizers: 'a-folder.png' })],
    ['--tokenizers'],
  ],
  ['a geometry that is no JSON', () => ['fox', ...files({ geometry: 'not.json' })], ['not.json']],
  [
    'a geometry of words',
    () => ['fox', ...files({ geometry: 'wrong-heads.json' })],
    ['wrong-heads.json', 'heads'],
  ],
  ['an output without a name', () => ['fox', '--out', '', ...files()], ['--out is ""', '.png']],
  ['an output that is no PNG', () => ['fox', '--out', 'fox.jpg', ...files()], ['--out', 'fox.jpg', '.png']],
  [
    'an output in no folder',
    () => ['fox', '--out', 'no/fox.png', ...files()],
    ['--out', 'no/fox.png', 'folder'],
  ],
  [
    'an output that is a folder',
    () => ['fox', '--out', 'a-folder.png', ...files()],
    ['--out', 'a-folder.png'],
  ],
  [
    'an output below a file',
    () => ['fox', '--out', 'good.png/fox.png', ...files()],
    ['--out', 'good.png/fox.png'],
  ],
  [
    'a picture behind a link to itself',
    () => ['fox', '--init', 'loop', ...files()],
    ['--init', '"loop"', 'ELOOP'],
  ],
  [
    'an output of 300 letters',
    () => ['fox', '--out', `${long(300)}.png`, ...files()],
    ['--out', 'ENAMETOOLONG'],
  ],
  [
    'an output behind a link to itself',
    () => ['fox', '--out', 'loop/a.png', ...files()],
    ['--out', 'loop/a.png'],
  ],
  [
    'previews of 300 letters',
    () => ['fox', '--previews', long(300), ...files()],
    ['--previews', 'ENAMETOOLONG'],
  ],
  ['previews in a file', () => ['fox', '--previews', 'good.png', ...files()], ['--previews', 'good.png']],
  [
    'previews below a file',
    () => ['fox', '--previews', 'good.png/x', ...files()],
    ['--previews', 'good.png/x'],
  ],
  [
    'latents that are no safetensors',
    () => ['fox', '--save-latents', 'l.bin', ...files()],
    ['--save-latents', 'l.bin'],
  ],
  [
    'latents over a file of the model',
    () => [
      'fox',
      '--save-latents',
      join(base, 'work/short.safetensors'),
      ...files({ vae: 'short.safetensors' }),
    ],
    ['short.safetensors'],
  ],
];

test('there are enough cases', () => expect(cases.length).toBeGreaterThan(60));

test.each(cases)('%s', async (_, argv, names) => {
  const before = readdirSync(folder, { recursive: true });
  const { code, stdout, stderr } = await imagine(argv(), { folder, env: { MODELS_DIR: base } });
  expect(stderr).toMatch(/^[^\n]+[.?]\n$/);
  for (const name of names) expect(stderr).toContain(name);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
});

test.each([
  [{ MODELS_DIR: '/no/such/folder' }, 'MODELS_DIR is "/no/such/folder"; allowed: a folder that exists.'],
  [{ COMFYUI_DIR: '/no/such/folder' }, 'COMFYUI_DIR is "/no/such/folder"; allowed: a folder that exists.'],
  [{ DEVICES: 'all' }, 'DEVICES is "all"'],
  [{ LOG_LEVEL: 'very' }, 'LOG_LEVEL is "very"'],
  [{ STABILITY_LICENSE_ACCEPTED: 'sure' }, 'STABILITY_LICENSE_ACCEPTED is "sure"'],
])('a wrong setting %j', async (env, words) => {
  const { code, stderr } = await imagine(['fox', ...files()], { folder, env });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
});

test('a model whose licence the operator has not accepted', async () => {
  const models = join(base, 'with-medium');
  mkdirSync(models);
  const { path } = reference();
  copyFileSync(path('tiny', 'tiny_medium.safetensors'), join(models, 'sd3.5_medium.safetensors'));
  copyFileSync(path('tiny', 'tiny_large.safetensors'), join(models, 'holds-a-vae.safetensors'));
  for (const name of ['clip_l', 'clip_g'])
    copyFileSync(path('tiny', `tiny_${name}.safetensors`), join(models, `${name}.safetensors`));
  const ask = (env: Record<string, string>) =>
    imagine(['fox', '--model', 'medium'], { folder, env: { MODELS_DIR: models, ...env } });
  expect(await ask({})).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^The model "medium" is under .*STABILITY_LICENSE_ACCEPTED=yes.*\.\n$/),
  });
  const accepted = await ask({ STABILITY_LICENSE_ACCEPTED: 'yes' });
  // The tiny encoders' heads are not those of real files: what is asked for next.
  expect(accepted).toMatchObject({ code: 2, stderr: expect.stringContaining('geometry file') });
});

test('a models.json that is wrong', async () => {
  const models = join(base, 'with-table');
  mkdirSync(models);
  writeFileSync(join(models, 'models.json'), '[{"name": "mine"}]');
  const { code, stderr } = await imagine(['fox'], { folder, env: { MODELS_DIR: models } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^"[^"]*models\.json", field "0\.files": [^\n]*\.\n$/);
});

describe('through the real entry', () => {
  const main = join(import.meta.dirname, '../../../bot/terminal/main.ts');
  const chosen = [
    'no prompt',
    'an unknown flag',
    'half a picture',
    'a checkpoint cut at its end',
    'an output in no folder',
  ];

  test.each(cases.filter(([name]) => chosen.includes(name)))('%s', async (_, argv, names) => {
    const before = readdirSync(folder, { recursive: true });
    const args = ['--import', import.meta.resolve('tsx'), main, ...argv()];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => (printed.stdout += text));
    child.stderr.on('data', (text) => (printed.stderr += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(printed.stderr).toMatch(/^[^\n]+[.?]\n$/);
    for (const name of names) expect(printed.stderr).toContain(name);
    expect({ code, stdout: printed.stdout }).toEqual({ code: 2, stdout: '' });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    // It led a process group of its own: a child left behind would still be in it. The loader's own compiler
    // process takes a moment to notice that it is not needed any more.
    await vi.waitFor(() => expect(() => process.kill(-child.pid!, 0)).toThrow('ESRCH'), 120_000);
  });
});
