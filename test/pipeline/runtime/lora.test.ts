import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import { ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { type Denoiser, openDenoiser } from '../../../pipeline/runtime/denoiser.ts';
import { PatchedNetworkCache } from '../../../pipeline/runtime/patched-networks.ts';
import type { MmditGeometry, Network } from '../../../pipeline/weights/geometry.ts';
import { readLora } from '../../../pipeline/weights/lora/read-lora.ts';
import { mmditTensors } from '../../../pipeline/weights/networks/mmdit.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';

const GEOMETRY: MmditGeometry = {
  depth: 2,
  hiddenSize: 48,
  heads: 3,
  posEmbedMaxSize: 8,
  latentChannels: 4,
  patchSize: 2,
  contextWidth: 20,
  pooledWidth: 12,
  qkNorm: 'rms',
  dualAttentionBlocks: [],
};
const RANK = 2;
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-lora-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Values = Readonly<Record<string, FloatTensor>>;

function wave(shape: readonly number[], seed: number, size = 1): FloatTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  return {
    data: Float32Array.from({ length: count }, (_, i) => size * Math.sin(i * 1.7 + seed * 2.3)),
    shape,
  };
}

function write(name: string, values: Values): string {
  const file = path.join(folder, `${name}.safetensors`);
  writeSafetensors(
    file,
    Object.entries(values).map(([name, { data, shape }]) => {
      return {
        name,
        dtype: 'F32',
        shape,
        data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      };
    }),
  );
  return file;
}

const WEIGHTS: Values = Object.fromEntries(
  [...mmditTensors(GEOMETRY)].map(([name, shape], i) => [name, wave(shape, i, 0.2)]),
);
const network = open('model', WEIGHTS);

function open(name: string, values: Values): Network<MmditGeometry> {
  return { tensors: openSafetensors(write(name, values)).tensors, geometry: GEOMETRY };
}

/** values + factor * up down, on rows from `from` on. */
function changed({ data, shape }: FloatTensor, up: FloatTensor, down: FloatTensor, factor: number, from = 0) {
  const columns = data.length / shape[0]!;
  const result = data.slice();
  for (let row = 0; row < up.shape[0]!; row++)
    for (let column = 0; column < columns; column++)
      for (let k = 0; k < RANK; k++)
        result[(from + row) * columns + column]! +=
          factor * up.data[row * RANK + k]! * down.data[k * columns + column]!;
  return { data: result, shape };
}

const pass = async (denoiser: Denoiser, strengths: readonly number[] = []) =>
  (await denoiser.velocity(wave([1, 4, 8, 4], 1), 0.6, wave([1, 5, 20], 2), wave([1, 12], 3), [], strengths))
    .data;
const apart = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / b.reduce((sum, v) => sum + v * v, 0),
  );

const MLP = 'joint_blocks.0.x_block.mlp.fc1';
const TEXT = 'joint_blocks.0.context_block.attn.proj';
const QKV = 'joint_blocks.1.x_block.attn.qkv';
const pair = (out: number, into: number, seed: number) =>
  [wave([out, RANK], seed, 0.3), wave([RANK, into], seed + 1, 0.3)] as const;
const [mlpUp, mlpDown] = pair(192, 48, 50);
const [textUp, textDown] = pair(48, 48, 60);
const [keyUp, keyDown] = pair(48, 48, 70);

const kohya = write('kohya', {
  [`lora_unet_${MLP.replaceAll('.', '_')}.lora_up.weight`]: mlpUp,
  [`lora_unet_${MLP.replaceAll('.', '_')}.lora_down.weight`]: mlpDown,
  [`lora_unet_${MLP.replaceAll('.', '_')}.alpha`]: { data: Float32Array.of(1), shape: [] },
  [`lora_unet_${TEXT.replaceAll('.', '_')}.lora_up.weight`]: textUp,
  [`lora_unet_${TEXT.replaceAll('.', '_')}.lora_down.weight`]: textDown,
});
const [qkvUp, qkvDown] = pair(144, 48, 80);
const fused = write('fused', {
  [`lora_unet_${QKV.replaceAll('.', '_')}.lora_up.weight`]: qkvUp,
  [`lora_unet_${QKV.replaceAll('.', '_')}.lora_down.weight`]: qkvDown,
});
const diffusers = write('diffusers', {
  'transformer.transformer_blocks.1.attn.to_k.lora_B.weight': keyUp,
  'transformer.transformer_blocks.1.attn.to_k.lora_A.weight': keyDown,
});

describe('LoRA files on a transformer', () => {
  it('are read with an alpha that is a whole number of 64 bits', () => {
    // 16 as a little-endian I64: alpha / rank = 16 / 2.
    const name = `lora_unet_${MLP.replaceAll('.', '_')}`;
    const file = path.join(folder, 'whole-alpha.safetensors');
    const bytes = ({ data }: FloatTensor) => new Uint8Array(data.buffer);
    writeSafetensors(file, [
      { name: `${name}.lora_up.weight`, dtype: 'F32', shape: mlpUp.shape, data: bytes(mlpUp) },
      { name: `${name}.lora_down.weight`, dtype: 'F32', shape: mlpDown.shape, data: bytes(mlpDown) },
      { name: `${name}.alpha`, dtype: 'I64', shape: [], data: Uint8Array.of(16, 0, 0, 0, 0, 0, 0, 0) },
    ]);
    expect(readLora(file, { mmdit: network }).patches.map(({ scale }) => scale)).toEqual([8]);
  });

  it('draw what a checkpoint draws whose weights were changed beforehand', async () => {
    const [first, second] = [0.8, -0.5];
    const merged = open('merged', {
      ...WEIGHTS,
      [`${MLP}.weight`]: changed(WEIGHTS[`${MLP}.weight`]!, mlpUp, mlpDown, first / RANK),
      [`${TEXT}.weight`]: changed(WEIGHTS[`${TEXT}.weight`]!, textUp, textDown, first),
      [`${QKV}.weight`]: changed(WEIGHTS[`${QKV}.weight`]!, keyUp, keyDown, second, 48),
    });
    const plain = await openDenoiser(network, { device: 'cpu' });
    const beforehand = await openDenoiser(merged, { device: 'cpu' });
    const patched = new PatchedNetworkCache().transformer(network, [kohya, diffusers]);
    const denoiser = await openDenoiser(patched, { device: 'cpu' });
    const drawn = await pass(denoiser, [first, second]);
    expect(apart(drawn, await pass(beforehand))).toBeLessThan(1e-5);
    const half = { ...ON_PROCESSOR, arithmetic: 'float16', weights: 'gathered' } as const;
    const onCard = await openDenoiser(patched, { device: 'cpu', compute: half });
    expect(apart(await pass(onCard, [first, second]), drawn)).toBeLessThan(1e-3);
    expect(apart(await pass(denoiser, [0, 0]), await pass(plain))).toBeLessThan(1e-6);
    expect(apart(drawn, await pass(plain))).toBeGreaterThan(0.01);
    await Promise.all([plain, beforehand, denoiser].map((one) => one.release()));
  });

  it('add up where one changes the whole of a layer and another some of its rows', async () => {
    const whole = changed(WEIGHTS[`${QKV}.weight`]!, qkvUp, qkvDown, 0.7);
    const merged = open('overlapping', {
      ...WEIGHTS,
      [`${QKV}.weight`]: changed(whole, keyUp, keyDown, 0.4, 48),
    });
    const beforehand = await openDenoiser(merged, { device: 'cpu' });
    const patched = new PatchedNetworkCache().transformer(network, [fused, diffusers, fused]);
    const denoiser = await openDenoiser(patched, { device: 'cpu' });
    expect(apart(await pass(denoiser, [0.5, 0.4, 0.2]), await pass(beforehand))).toBeLessThan(1e-5);
    await Promise.all([beforehand, denoiser].map((one) => one.release()));
  });

  it('take another strength without another graph, and draw the same from the kept one', async () => {
    const cacheFolder = path.join(folder, 'cache');
    const patched = new PatchedNetworkCache().transformer(network, [kohya]);
    const fresh = await openDenoiser(patched, { device: 'cpu', cacheFolder });
    const strong = await pass(fresh, [1]);
    const graphs = readdirSync(cacheFolder);
    expect(apart(await pass(fresh, [0.3]), strong)).toBeGreaterThan(1e-3);
    expect(readdirSync(cacheFolder)).toEqual(graphs);
    await fresh.release();
    const kept = await openDenoiser(patched, { device: 'cpu', cacheFolder });
    expect(readdirSync(cacheFolder)).toEqual(graphs);
    expect(apart(await pass(kept, [1]), strong)).toBeLessThan(1e-6);
    await kept.release();
  });

  it('are read once for a set of files, and the same set is the same network', () => {
    const cache = new PatchedNetworkCache();
    expect(cache.transformer(network, [kohya])).toBe(cache.transformer(network, [kohya]));
    expect(cache.transformer(network, [kohya, diffusers])).not.toBe(cache.transformer(network, [kohya]));
    expect(cache.transformer(network, [])).toBe(network);
  });
});

describe('a LoRA file', () => {
  it('of another model is told layer by layer, and changes nothing', () => {
    const other = write('other', { 'lora_unet_single_blocks_0_linear1.lora_up.weight': wave([8, 2], 1) });
    const { patches, unknown } = readLora(other, { mmdit: network });
    expect(patches).toEqual([]);
    expect(unknown).toEqual(['lora_unet_single_blocks_0_linear1.lora_up.weight']);
  });

  it.each([
    ['too few rows', wave([40, RANK], 1), wave([RANK, 48], 2)],
    ['too few columns', wave([192, RANK], 1), wave([RANK, 47], 2)],
    ['ranks that differ', wave([192, RANK], 1), wave([RANK + 1, 48], 2)],
  ])('with %s leaves that layer alone', (_, up, down) => {
    const layer = `lora_unet_${MLP.replaceAll('.', '_')}`;
    const file = write('unfit', { [`${layer}.lora_up.weight`]: up, [`${layer}.lora_down.weight`]: down });
    const { patches, unfit } = readLora(file, { mmdit: network });
    expect(patches).toEqual([]);
    expect(unfit).toEqual([layer]);
  });
});
