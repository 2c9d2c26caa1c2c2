import { afterAll, describe, expect, it } from 'vitest';
import { elements, type FloatTensor } from '../../../pipeline/float-tensor.ts';
import { openAutoencoder } from '../../../pipeline/runtime/autoencoder.ts';
import { encodeF16 } from '../../../pipeline/weights/dtypes.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { readTensor } from '../../../pipeline/weights/read-tensor.ts';
import { reference } from '../../reference.ts';
import { tinyNetworks } from '../tiny-networks.ts';
import { temporaryFolder } from '../weights/folder.ts';
import { bytesOf, type TensorToWrite, writeSafetensors } from '../weights/write-safetensors.ts';

const { vae } = tinyNetworks();
const { latentChannels } = vae.geometry;
const autoencoder = openAutoencoder(vae, { device: 'cpu' });
afterAll(() => autoencoder.release());

describe('autoencoder', () => {
  it('decodes each picture of a batch as if it were alone', async () => {
    const batch = wave([3, latentChannels, 4, 6]);
    const together = await autoencoder.decode(batch);
    expect(together.shape).toEqual([3, 3, 32, 48]);
    const size = elements(together.shape) / 3;
    for (let i = 0; i < 3; i++) {
      const alone = await autoencoder.decode(part(batch, i));
      expect(together.data.subarray(i * size, (i + 1) * size)).toEqual(alone.data);
    }
  });

  it('takes sizes in any order, and works again after a release', async () => {
    const latent = wave([1, latentChannels, 5, 3]);
    const first = await autoencoder.decode(latent);
    expect((await autoencoder.decode(wave([1, latentChannels, 2, 8]))).shape).toEqual([1, 3, 16, 64]);
    expect((await autoencoder.encode(wave([2, 3, 24, 40]))).shape).toEqual([2, latentChannels, 3, 5]);
    await autoencoder.release();
    expect((await autoencoder.decode(latent)).data).toEqual(first.data);
  });

  it('refuses to encode without an encoder, naming the file and the option', async () => {
    const decoderOnly = {
      ...vae,
      tensors: new Map([...vae.tensors].filter(([name]) => name.startsWith('decoder.'))),
    };
    const half = openAutoencoder(decoderOnly, { device: 'cpu' });
    await expect(half.encode(wave([1, 3, 8, 8]))).rejects.toMatchObject({
      code: 'weights.missing_part',
      data: { option: '--vae', file: expect.stringContaining('tiny_large.safetensors') },
    });
    expect((await half.decode(wave([1, latentChannels, 1, 1]))).shape).toEqual([1, 3, 8, 8]);
    await half.release();
  });
});

describe('the type that weights are stored in', () => {
  const folder = temporaryFolder();
  const latent = wave([1, latentChannels, 3, 4]);
  const image = wave([1, 3, 16, 8]);

  it('does not change the result where every type holds the same values', async () => {
    const results = [];
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      const path = folder(`${dtype}.safetensors`);
      writeSafetensors(
        path,
        [...vae.tensors.values()].map((tensor) => inType(dtype, tensor.name, readTensor(tensor))),
      );
      const { path: of } = reference();
      const stored = openModel({
        checkpoint: of('tiny', 'tiny_large.safetensors'),
        vae: path,
        clipL: of('tiny', 'tiny_clip_l.safetensors'),
        clipG: of('tiny', 'tiny_clip_g.safetensors'),
        tokenizers: '',
        geometry: of('tiny', 'config.json'),
      }).vae;
      const opened = openAutoencoder(stored, { device: 'cpu' });
      results.push({ image: await opened.decode(latent), latent: await opened.encode(image) });
      await opened.release();
    }
    const [f32, ...others] = results;
    for (const other of others) {
      expect(largestDifference(other.image, f32!.image)).toBeLessThan(1e-5);
      expect(largestDifference(other.latent, f32!.latent)).toBeLessThan(1e-5);
    }
  });
});

/** The tensor rounded to what float16 and bfloat16 both hold (8 significant bits, not below 2^-14), as `dtype`. */
function inType(dtype: 'F32' | 'F16' | 'BF16', name: string, { data, shape }: FloatTensor): TensorToWrite {
  const bits = new Uint32Array(data.slice().buffer).map((value) => value & 0xffff0000);
  const values = new Float32Array(bits.buffer).map((value) => (Math.abs(value) < 2 ** -14 ? 0 : value));
  const bytes = {
    F32: () => bytesOf(values),
    F16: () => bytesOf(encodeF16(values)),
    BF16: () => bytesOf(Uint16Array.from(new Uint32Array(values.buffer), (value) => value >>> 16)),
  };
  return { name, dtype, shape, data: bytes[dtype]() };
}

/** Values between -1 and 1 that no two places share. */
function wave(shape: number[]): FloatTensor {
  return { data: Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(i * 0.7)), shape };
}

function part({ data, shape }: FloatTensor, index: number): FloatTensor {
  const size = data.length / shape[0]!;
  return { data: data.slice(index * size, (index + 1) * size), shape: [1, ...shape.slice(1)] };
}

function largestDifference(a: FloatTensor, b: FloatTensor): number {
  return a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i]!)), 0);
}
