import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { EMBEDDED_FOLDER } from '../../../config/find-model.ts';
import { generate } from '../../../pipeline/generate.ts';
import { ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { bytesOnDevice, GIB, LEAST_WORKING } from '../../../pipeline/runtime/residency.ts';
import type { Network, T5Geometry } from '../../../pipeline/weights/geometry.ts';
import { t5Tensors } from '../../../pipeline/weights/networks/t5.ts';
import { openFile } from '../../../pipeline/weights/open-file.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { T5_XXL } from '../../bench/geometries.ts';
import { ensureRandomCheckpoint } from '../../bench/random-checkpoint.ts';
import { nanoRequest } from '../../bot/jobs/nano-request.ts';
import { reference } from '../../reference.ts';
import { relativeL2 } from '../waves.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-held-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tiny = (name: string) => reference().path('tiny', name);
const transformer = (file: string) => openFile(file, ['mmdit'], 'unet_name', tiny('config.json'));

it('opens files anew once one was written to, even if its size and time are what they were', () => {
  const checkpoint = path.join(folder, 'checkpoint.safetensors');
  copyFileSync(tiny('tiny_large.safetensors'), checkpoint);
  const networks = holdNetworks({ device: 'cpu' });
  const open = () => networks.opened('checkpoint', () => transformer(checkpoint));
  const first = open();
  expect(open()).toBe(first);

  const { atime, mtime } = statSync(checkpoint);
  writeFileSync(checkpoint, readFileSync(checkpoint));
  utimesSync(checkpoint, atime, mtime);
  expect(open()).not.toBe(first);
});

it('opens nothing anew for another picture of the built-in model, whatever its words', async () => {
  const networks = holdNetworks({ device: 'cpu' });
  const opened = vi.spyOn(InferenceSession, 'create');
  const draw = (prompt: string) =>
    generate(nanoRequest({ prompt }), {
      networks,
      progress() {},
      signal: new AbortController().signal,
      now: () => performance.now(),
    });
  await draw('a red circle on a blue background');
  expect(opened).toHaveBeenCalledTimes(5);
  await draw('a green square on a white background');
  expect(opened).toHaveBeenCalledTimes(5);
  opened.mockRestore();
  await networks.release();
});

it('a large text encoder is in 8 bits where those are asked for, a small one as it is', async () => {
  const within = (vocabSize: number): Network<T5Geometry> => {
    const geometry = {
      ...T5_XXL,
      ...{ hiddenSize: 64, layers: 1, heads: 1, feedForwardSize: 256, vocabSize },
    };
    const file = path.join(folder, `t5-${vocabSize}.safetensors`);
    ensureRandomCheckpoint(file, t5Tensors(geometry), 'F16');
    return { tensors: openSafetensors(file).tensors, geometry };
  };
  const cacheFolder = path.join(folder, 'data', 'graphs');
  const made = () =>
    readdirSync(path.join(folder, 'data', 'unpacked')).filter((name) => /^t5.*int8\.s/.test(name));
  mkdirSync(path.join(folder, 'data', 'unpacked'), { recursive: true });
  for (const [rows, files] of [
    [4_000, 0],
    [300_000, 1],
  ] as const) {
    const source = {
      networks: { t5xxl: within(rows) },
      tokenizers: EMBEDDED_FOLDER,
      widths: { context: 64, l: 8, g: 8 },
      files: [],
    };
    const [exact, close] = await Promise.all(
      (['float32', 'int8'] as const).map(async (precision) => {
        const networks = holdNetworks({ device: 'cpu', precision, cacheFolder });
        networks.begin();
        const { context } = await (await networks.encoder(source)).encode({ text: 'a red circle' });
        await networks.release();
        return context.data;
      }),
    );
    const error = relativeL2(close!, exact!);
    expect(error > 0).toBe(files > 0);
    expect(error).toBeLessThan(3e-2);
    expect(made()).toHaveLength(files);
  }
});

describe('networks', () => {
  const networks = holdNetworks({ device: 'cpu' });
  const [large, medium] = ['tiny_large', 'tiny_medium'].map(
    (name) => transformer(tiny(`${name}.safetensors`)).mmdit!,
  );
  afterAll(() => networks.release());

  it('stay for the next run that uses them', async () => {
    networks.begin();
    const first = await networks.denoiser(large!);
    networks.begin();
    expect(await networks.denoiser(large!)).toBe(first);
  });

  it('give way to another model, but not to one of the same run', async () => {
    networks.begin();
    const first = await networks.denoiser(large!);
    await networks.denoiser(medium!);
    expect(await networks.denoiser(large!)).toBe(first);
    networks.begin();
    await networks.denoiser(medium!);
    networks.begin();
    // Something new is opened, and what the run before did not use is gone.
    await networks.denoiser(transformer(tiny('tiny_large.safetensors')).mmdit!);
    expect(await networks.denoiser(large!)).not.toBe(first);
  });

  it('stay side by side where memory is reckoned with, and is enough', async () => {
    const roomy = holdNetworks({ device: 'cpu', budget: 8 * GIB });
    roomy.begin();
    const first = await roomy.denoiser(large!);
    roomy.begin();
    await roomy.denoiser(medium!);
    expect(await roomy.denoiser(large!)).toBe(first);
    const { parts, budget } = roomy.holding();
    expect(parts.map(({ kind }) => kind)).toEqual(['transformer', 'transformer']);
    for (const { bytes } of parts) expect(bytes).toBeGreaterThan(0);
    expect(budget).toBe(8 * GIB);
    await roomy.release();
    expect(roomy.holding().parts).toEqual([]);
  });

  it('take turns where only one of them fits, and are refused with the sum where none does', async () => {
    const sizes = [large!, medium!].map(({ tensors }) => bytesOnDevice(tensors, ON_PROCESSOR));
    const bytes = Math.max(...sizes);
    const tight = holdNetworks({ device: 'cpu', budget: LEAST_WORKING + bytes + 1 });
    tight.begin();
    const first = await tight.denoiser(large!);
    tight.begin();
    await tight.denoiser(medium!);
    expect(tight.holding().parts).toHaveLength(1);
    tight.begin();
    expect(await tight.denoiser(large!)).not.toBe(first);
    await tight.release();
    const small = holdNetworks({ device: 'cpu', budget: LEAST_WORKING });
    small.begin();
    await expect(small.denoiser(large!)).rejects.toMatchObject({ code: 'device.too_small' });
  });
});
