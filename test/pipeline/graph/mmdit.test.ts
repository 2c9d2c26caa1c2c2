import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FloatTensor } from '../../../pipeline/float-tensor.ts';
import { type Compute, ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { emitMmdit } from '../../../pipeline/graph/mmdit.ts';
import { openDenoiser } from '../../../pipeline/runtime/denoiser.ts';
import { decode, encodeF16 } from '../../../pipeline/weights/dtypes.ts';
import type { MmditGeometry, Network } from '../../../pipeline/weights/geometry.ts';
import { mmditTensors } from '../../../pipeline/weights/networks/mmdit.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import type { StoredTensor } from '../../../pipeline/weights/stored-tensor.ts';
import { relativeL2 } from '../waves.ts';
import { type TensorToWrite, writeSafetensors } from '../weights/write-safetensors.ts';

const GEOMETRY: MmditGeometry = {
  depth: 3,
  hiddenSize: 48,
  heads: 3,
  posEmbedMaxSize: 8,
  latentChannels: 4,
  patchSize: 2,
  contextWidth: 20,
  pooledWidth: 12,
  qkNorm: 'rms',
  dualAttentionBlocks: [1],
};

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-mmdit-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the transformer’s graph', () => {
  it('gives each picture of a batch what it gets alone, whatever its sigma and text', async () => {
    const network = write('batch', GEOMETRY, 'F32');
    const denoiser = await openDenoiser(network, { device: 'cpu' });
    const [x, context, y] = [wave([2, 4, 8, 12], 1), wave([2, 7, 20], 2), wave([2, 12], 3)];
    const both = await denoiser.velocity(x, [0.9, 0.3], context, y);
    for (const [i, sigma] of [0.9, 0.3].entries()) {
      const alone = await denoiser.velocity(part(x, i), sigma, part(context, i), part(y, i));
      expect(difference(part(both, i), alone)).toBeLessThan(1e-6);
    }
    await denoiser.release();
  });

  it('takes any size and text length in any order', async () => {
    const network = write('sizes', GEOMETRY, 'F16');
    const denoiser = await openDenoiser(network, { device: 'cpu' });
    const pass = (height: number, width: number, tokens: number) =>
      denoiser.velocity(wave([1, 4, height, width], 1), 0.5, wave([1, tokens, 20], 2), wave([1, 12], 3));
    const small = await pass(2, 2, 1);
    const large = await pass(16, 10, 33);
    expect(small.shape).toEqual([1, 4, 2, 2]);
    expect(large.shape).toEqual([1, 4, 16, 10]);
    expect(await pass(2, 2, 1)).toEqual(small);
    expect(await pass(16, 10, 33)).toEqual(large);
    await denoiser.release();
  });

  it.each(['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const)(
    'computes the same from %s as from the same values in float32',
    async (dtype) => {
      const narrow = write('narrow', GEOMETRY, dtype);
      const wide = write('wide', GEOMETRY, 'F32', (_, value) => rounded(dtype, value));
      expect(difference(await onePass(narrow), await onePass(wide))).toBeLessThan(2e-6);
    },
  );

  it.each(['F32', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const)(
    'computes nearly the same from %s on a card, in float32 and in float16',
    async (dtype) => {
      const network = write('on a card', GEOMETRY, dtype);
      const usual = await onePass(network);
      for (const [arithmetic, limit] of [
        ['float32', 2e-6],
        ['float16', 1e-3],
      ] as const) {
        const compute: Compute = { ...ON_PROCESSOR, arithmetic, weights: 'gathered' };
        expect(relativeL2((await onePass(network, [], compute)).data, usual.data)).toBeLessThan(limit);
      }
    },
  );

  it('computes the same where q, k and v lie apart, as in a diffusers folder', async () => {
    for (const dtype of ['F32', 'F16'] as const) {
      const network = write(`whole-${dtype}`, GEOMETRY, dtype);
      const tensors = new Map(
        [...network.tensors].map(([name, tensor]) => [
          name,
          name.includes('.qkv.') ? inThree(tensor) : tensor,
        ]),
      );
      expect(difference(await onePass({ ...network, tensors }), await onePass(network))).toBeLessThan(1e-6);
    }
  });

  it('multiplies a weight by the scale beside it', async () => {
    const network = write('scaled', GEOMETRY, 'F16');
    const halved = (tensor: StoredTensor) => ({ ...tensor, scale: 0.5 });
    const name = 'joint_blocks.0.x_block.mlp.fc2.weight';
    const scaled = new Map(network.tensors).set(name, halved(network.tensors.get(name)!));
    const written = write('halved', GEOMETRY, 'F16', (at, value) => (at === name ? value / 2 : value));
    expect(difference(await onePass({ ...network, tensors: scaled }), await onePass(written))).toBeLessThan(
      1e-6,
    );
    expect(difference(await onePass(network), await onePass(written))).toBeGreaterThan(1e-4);
  });

  it('works without norms on q and k, and without second attentions', async () => {
    const geometry = { ...GEOMETRY, qkNorm: 'none', dualAttentionBlocks: [] } as const;
    const plain = await onePass(write('plain', geometry, 'F32'));
    expect(plain.data.every(Number.isFinite)).toBe(true);
  });

  it('leaves out the blocks that are to be skipped, in any order, the last one too', async () => {
    const network = write('skip', GEOMETRY, 'F32');
    const whole = await onePass(network);
    const without = await onePass(network, [0, 2]);
    expect(difference(without, whole)).toBeGreaterThan(1e-3);
    expect(await onePass(network, [2, 0, 2])).toEqual(without);
  });

  it('stays small: weights are pointed at, not copied', () => {
    const bytes = (hiddenSize: number) => {
      const network = write('small', { ...GEOMETRY, hiddenSize, depth: 2 }, 'F16');
      return emitMmdit(network).model.length;
    };
    expect(bytes(96)).toBeLessThan(bytes(24) + 2_000);
  });
});

async function onePass(
  network: Network<MmditGeometry>,
  skip: readonly number[] = [],
  compute: Compute = ON_PROCESSOR,
): Promise<FloatTensor> {
  const denoiser = await openDenoiser(network, { device: 'cpu', compute });
  const velocity = await denoiser.velocity(
    wave([1, 4, 6, 8], 1),
    0.7,
    wave([1, 5, 20], 2),
    wave([1, 12], 3),
    skip,
  );
  await denoiser.release();
  return velocity;
}

/** Every float8 byte by its value. */
const float8 = (dtype: 'F8_E4M3' | 'F8_E5M2') => {
  const all = decode(
    dtype,
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  );
  return (values: Float32Array) => Uint8Array.from(values, (value) => nearest(all, value));
};

const ENCODE = {
  F32: (values: Float32Array) => new Uint8Array(values.slice().buffer),
  F16: (values: Float32Array) => new Uint8Array(encodeF16(values).buffer),
  BF16: (values: Float32Array) =>
    new Uint8Array(Uint16Array.from(new Uint32Array(values.slice().buffer), (bits) => bits >>> 16).buffer),
  F8_E4M3: float8('F8_E4M3'),
  F8_E5M2: float8('F8_E5M2'),
};

function nearest(all: Float32Array, value: number): number {
  let best = 0;
  for (let i = 1; i < all.length; i++) if (Math.abs(all[i]! - value) < Math.abs(all[best]! - value)) best = i;
  return best;
}

/** What of a value the type keeps. */
function rounded(dtype: keyof typeof ENCODE, value: number): number {
  return decode(dtype, ENCODE[dtype](Float32Array.of(value)))[0]!;
}

/** A checkpoint of values that float16 holds exactly, different in every tensor. */
function write(
  name: string,
  geometry: MmditGeometry,
  dtype: keyof typeof ENCODE,
  change: (name: string, value: number) => number = (_, value) => value,
): Network<MmditGeometry> {
  const file = path.join(folder, `${name}.safetensors`);
  const tensors = [...mmditTensors(geometry)].map(([tensor, shape], seed): TensorToWrite => {
    const { data } = wave(shape, seed);
    const scale = shape.length === 1 ? 1 : 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
    const values = data.map((value) => change(tensor, Math.round(value * scale * 256) / 256));
    return { name: tensor, dtype, shape, data: ENCODE[dtype](values) };
  });
  writeSafetensors(file, tensors);
  return { tensors: openSafetensors(file).tensors, geometry };
}

function inThree(tensor: StoredTensor): StoredTensor {
  const [range] = tensor.ranges;
  const [rows, ...rest] = range!.shape as [number, ...number[]];
  const length = range!.length / 3;
  const ranges = [0, 1, 2].map((i) => ({
    file: range!.file,
    offset: range!.offset + i * length,
    length,
    shape: [rows / 3, ...rest],
  }));
  return { ...tensor, ranges };
}

function wave(shape: readonly number[], seed: number): FloatTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  const data = Float32Array.from({ length: count }, (_, i) => 1.7 * Math.sin(i * 0.71 + i * i * 1e-3 + seed));
  return { data, shape };
}

function part({ data, shape }: FloatTensor, index: number): FloatTensor {
  const size = data.length / shape[0]!;
  return { data: data.slice(index * size, (index + 1) * size), shape: [1, ...shape.slice(1)] };
}

/** Largest difference over the largest value. */
function difference(a: FloatTensor, b: FloatTensor): number {
  expect(a.shape).toEqual(b.shape);
  let most = 0;
  let scale = 0;
  for (let i = 0; i < b.data.length; i++) {
    most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
    scale = Math.max(scale, Math.abs(b.data[i]!));
  }
  return most / scale;
}
