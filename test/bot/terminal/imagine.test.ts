/** The command around a studio that draws at once: what is asked of it, and what becomes of its answers. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobEvent, RenderQueue } from '../../../bot/terminal/render-queue.ts';
import type { Terminal } from '../../../bot/terminal/terminal.ts';
import { Fault } from '../../../config/faults.ts';
import { encodePicture } from '../../../pipeline/image/picture.ts';
import { readTextChunks } from '../../../pipeline/image/png.ts';
import type { PictureRequest, PictureResult } from '../../../pipeline/request.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { imagine } from './a-terminal.ts';
import { fileFlags, tinyModel } from './tiny-model.ts';

let base: string;
let folder: string;
let own: string[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'darkroom-terminal-'));
  folder = join(base, 'work');
  mkdirSync(folder);
  own = fileFlags(tinyModel(base));
});
afterEach(() => rmSync(base, { recursive: true }));

const timings = {
  load_ms: 1,
  encode_ms: 2,
  sample_ms: 3,
  step_ms: [1.5, 1.5],
  decode_ms: 4,
  total_ms: 10_400,
};
const grey = { width: 2, height: 2, data: new Uint8Array(12).fill(127) };

/** As large as was asked for. */
const greyOf = ({ width, height }: PictureRequest) => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(127),
});

/** Draws grey pictures, after events of its own if given; remembers what it was asked. */
function drawing(draw: (on: (event: JobEvent) => void, request: PictureRequest) => void = () => {}) {
  const asked: { request: PictureRequest; device: string | undefined }[] = [];
  const closed: true[] = [];
  const openRenderQueue: Terminal['openRenderQueue'] = async (_, device) =>
    ({
      async submit(request, on) {
        asked.push({ request, device });
        draw(on, request);
        const pictures = Array.from({ length: request.count }, (_, i) =>
          encodePicture(greyOf(request), request, i),
        );
        const tensors = { final_latent: { data: new Float32Array(4), shape: [1, 1, 2, 2] } };
        return { pictures: await Promise.all(pictures), timings, ...(request.keepTensors && { tensors }) };
      },
      async close() {
        closed.push(true);
      },
    }) satisfies RenderQueue;
  return { openRenderQueue, asked, closed };
}
const step = (index: number, total: number): JobEvent => ({
  type: 'step',
  index,
  total,
  sigma: 0.5,
  ms: 400,
  preview: grey,
});
const files = () => readdirSync(folder, { recursive: true }).sort();

test('writes SEED.png in the working folder, says what it is, and closes the studio', async () => {
  const { openRenderQueue, closed } = drawing();
  const { code, stdout } = await imagine(['a fox', ...own, '--size', '64x32', '--steps', '2'], {
    folder,
    openRenderQueue,
  });
  expect(code).toBe(0);
  expect(files()).toEqual(['4711.png']);
  expect(stdout).toBe(`${join(folder, '4711.png')} · seed 4711 · tiny_large · 64x32 · 2 steps · 10 s\n`);
  expect(closed).toHaveLength(1);
  const texts = readTextChunks(readFileSync(join(folder, '4711.png')));
  expect(texts[0]!.text).toContain('a fox\nSteps: 2');
});

test('several pictures are numbered before the ending', async () => {
  const argv = ['a fox', ...own, '--count', '3', '--out', 'fox.v2.png', '--size', '32x32'];
  const { stdout } = await imagine(argv, { folder, ...drawing() });
  expect(files()).toEqual(['fox.v2-1.png', 'fox.v2-2.png', 'fox.v2-3.png']);
  expect(stdout.split('\n')).toHaveLength(4);
});

test('--json prints one line of facts and nothing else', async () => {
  const argv = [
    'a fox',
    ...own,
    '--json',
    '--out',
    'fox.png',
    '--seed',
    '7',
    '--size',
    '32x48',
    '--cfg',
    '3',
  ];
  const { stdout, stderr } = await imagine(argv, { folder, ...drawing((on) => on(step(1, 1))) });
  expect(stderr).toBe('');
  expect(stdout.endsWith('}\n')).toBe(true);
  expect(JSON.parse(stdout)).toEqual({
    file: join(folder, 'fox.png'),
    files: [join(folder, 'fox.png')],
    seed: 7,
    model: 'tiny_large',
    width: 32,
    height: 48,
    steps: 28,
    sampler: 'dpmpp_2m',
    scheduler: 'sgm_uniform',
    cfg: 3,
    timings,
  });
});

test('words that the built-in model does not know are told on stderr, and in the JSON', async () => {
  const argv = ['a platypus on a red background', '--model', 'nano', '--out', 'platypus.png', '--json'];
  const platypus = await imagine(argv, { folder, ...drawing() });
  expect(platypus.stderr).toMatch(/^The small built-in model does not know these words, [^\n]*: platypus\n$/);
  expect(JSON.parse(platypus.stdout).unknown_words).toEqual(['platypus']);
  const cat = await imagine(['a cat', ...argv.slice(1)], { folder, ...drawing() });
  expect(cat.stderr).toBe('');
  expect(JSON.parse(cat.stdout)).not.toHaveProperty('unknown_words');
});

test('what is typed reaches the studio', async () => {
  const { openRenderQueue, asked } = drawing();
  writeFileSync(
    join(folder, 'in.png'),
    await sharp({ create: { width: 64, height: 64, channels: 3, background: '#0f0' } })
      .png()
      .toBuffer(),
  );
  const argv = [
    ...[
      '--init',
      'in.png',
      '--strength',
      '0.4',
      '--negative',
      'blurry',
      '--style',
      'photo',
      '--device',
      'cpu',
    ],
    ...['--slg', '2.5', '--slg-layers', '0,1', '--sampler', 'euler', '--scheduler', 'karras', '--shift', '2'],
    ...['--aspect', '2:1', ...own, 'a fox'],
  ];
  expect(await imagine(argv, { folder, openRenderQueue })).toMatchObject({ code: 0 });
  expect(asked[0]!.device).toBe('cpu');
  const { request } = asked[0]!;
  expect(request).toMatchObject({
    prompt: expect.stringMatching(/^photo of a fox,/),
    negative: expect.stringMatching(/^blurry, /),
    seed: 4711,
    sampler: 'euler',
    scheduler: 'karras',
    shift: 2,
    slg: { scale: 2.5, layers: [0, 1], start: 0.01, end: 0.15 },
    init: { strength: 0.4 },
    previews: false,
    keepTensors: false,
  });
  expect(request.width / request.height).toBeCloseTo(2, 0);
});

test('defaults follow what the checkpoint is, unless a model is named', async () => {
  const { openRenderQueue, asked } = drawing();
  const steps = async (...argv: string[]) => {
    await imagine(['fox', '--size', '32x32', ...argv], { folder, openRenderQueue });
    return asked.at(-1)!.request.steps;
  };
  const turbo = join(base, 'my-Turbo.safetensors');
  writeFileSync(turbo, readFileSync(own[own.indexOf('--checkpoint') + 1]!));
  const withCheckpoint = (path: string) =>
    own.map((word, i) => (own[i - 1] === '--checkpoint' ? path : word));
  expect(await steps(...own)).toBe(28);
  expect(await steps(...withCheckpoint(turbo))).toBe(4);
  expect(await steps(...own, '--model', 'medium')).toBe(40);
  expect(asked.at(-1)!.request.model.name).toBe('medium');
  const large = own[own.indexOf('--checkpoint') + 1]!;
  const medium = large.replace('tiny_large', 'tiny_medium');
  expect(await steps(...withCheckpoint(medium), '--vae', large)).toBe(40);
});

test('previews and latents are kept when asked for, in a folder made for them', async () => {
  const { openRenderQueue, asked } = drawing((on) => {
    for (const index of [1, 2, 3]) on(step(index, 3));
  });
  const argv = ['fox', ...own, '--previews', 'deep/er', '--save-latents', 'l.safetensors', '--size', '32x32'];
  expect(await imagine(argv, { folder, openRenderQueue })).toMatchObject({ code: 0 });
  expect(asked[0]!.request).toMatchObject({ previews: true, keepTensors: true });
  const steps = ['step-01.png', 'step-02.png', 'step-03.png'].map((name) => join('deep/er', name));
  expect(files()).toEqual(['4711.png', 'deep', 'deep/er', ...steps, 'l.safetensors'].sort());
  expect([...openSafetensors(join(folder, 'l.safetensors')).tensors.keys()]).toEqual(['final_latent']);
  expect(await sharp(join(folder, steps[0]!)).metadata()).toMatchObject({ width: 2, height: 2 });
});

test('a file that cannot be written is a failure that leaves nothing half done', async () => {
  const { openRenderQueue } = drawing(() => mkdirSync(join(folder, 'fox.png')));
  const { code, stderr } = await imagine(['fox', ...own, '--out', 'fox.png'], { folder, openRenderQueue });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/fox\.png" could not be written: \w+\.\n/),
  });
  expect(files()).toEqual(['fox.png']);
});

const failing = (error: unknown) =>
  drawing(() => {
    throw error;
  });

test('what the worker refuses as bad input exits 2, with one sentence', async () => {
  const fault = new Fault('image.broken', { image: 'The picture' });
  const argv = ['fox', ...own, '--previews', 'p'];
  expect(await imagine(argv, { folder, ...failing(fault) })).toEqual({
    code: 2,
    stdout: '',
    stderr: `${fault.message}\n`,
  });
  expect(files()).toEqual([]);
});

test('a failure exits 1 and tells what a maintainer needs', async () => {
  const { code, stderr } = await imagine(['fox', ...own], {
    folder,
    ...failing(new TypeError('x is undefined')),
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The picture failed[^\n]+\n/);
  expect(stderr).toContain('TypeError: x is undefined');
});

test('an interrupted picture closes the studio, writes nothing and exits 1', async () => {
  const control = new AbortController();
  let end: (fault: Fault) => void = () => {};
  const openRenderQueue = async (): Promise<RenderQueue> => ({
    submit: () =>
      new Promise<PictureResult>((_, reject) => {
        end = reject;
        setImmediate(() => control.abort());
      }),
    close: async () => end(new Fault('worker.crashed', { device: 'cpu', cause: 'SIGKILL' })),
  });
  const printed = await imagine(['fox', ...own], { folder, openRenderQueue, signal: control.signal });
  expect(printed).toEqual({ code: 1, stdout: '', stderr: 'The request was cancelled.\n' });
  expect(files()).toEqual([]);
});

test('--help needs nothing else and names every flag', async () => {
  const { code, stdout } = await imagine(['--help', 'whatever', 'words']);
  expect(code).toBe(0);
  const contract = [
    ...[
      'model',
      'seed',
      'negative',
      'style',
      'size',
      'aspect',
      'steps',
      'cfg',
      'sampler',
      'scheduler',
      'shift',
      'count',
    ],
    ...[
      'init',
      'strength',
      'slg',
      'slg-layers',
      'slg-start',
      'slg-end',
      'checkpoint',
      'vae',
      'clip-l',
      'clip-g',
      't5',
    ],
    ...['tokenizers', 'geometry', 'device', 'out', 'previews', 'save-latents', 'json'],
  ];
  for (const flag of contract) expect(stdout).toMatch(new RegExp(`^  --${flag} `, 'm'));
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
});
