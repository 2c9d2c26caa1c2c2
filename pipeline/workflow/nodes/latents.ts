/** Nodes that make latents and put them together. */
import { elements } from '../../float-tensor.ts';
import { commonUpscale } from '../../image/resize/common-upscale.ts';
import { LATENT_PIXELS } from '../../latent-pixels.ts';
import { link, whole } from '../inputs.ts';
import { Latent } from '../latent.ts';
import { MOST_PICTURES, requireSize } from '../limits.ts';
import { defineNode } from '../node.ts';

const LARGEST_SIDE = 16384;
const CHANNELS = 16;

function empty(width: number, height: number, pictures: number): Latent {
  const side = (pixels: number) => Math.floor(pixels / LATENT_PIXELS);
  const shape = [pictures, CHANNELS, side(height), side(width)];
  return Latent.ofVae({ data: new Float32Array(elements(shape)), shape });
}

/** `EmptySD3LatentImage`: zeros, which the sampler takes for nothing. */
export const emptySd3LatentImage = defineNode({
  name: 'EmptySD3LatentImage',
  inputs: {
    width: whole(16, LARGEST_SIDE, 1024),
    height: whole(16, LARGEST_SIDE, 1024),
    batch_size: whole(1, MOST_PICTURES, 1),
  },
  outputs: ['LATENT'],
  run: ({ width, height, batch_size }) => [empty(width, height, batch_size)],
});

/** `EmptyLatentImage`: 4 channels there, which ComfyUI widens to the model's as long as they are zeros. */
export const emptyLatentImage = defineNode({
  name: 'EmptyLatentImage',
  inputs: {
    width: whole(16, LARGEST_SIDE, 512),
    height: whole(16, LARGEST_SIDE, 512),
    batch_size: whole(1, MOST_PICTURES, 1),
  },
  outputs: ['LATENT'],
  run: ({ width, height, batch_size }) => [empty(width, height, batch_size)],
});

/** `RepeatLatentBatch`. */
export const repeatLatentBatch = defineNode({
  name: 'RepeatLatentBatch',
  inputs: { samples: link('LATENT'), amount: whole(1, MOST_PICTURES, 1) },
  outputs: ['LATENT'],
  run({ samples, amount }) {
    const { noiseMask, batchIndex } = samples;
    const offset = batchIndex && Math.max(...batchIndex) - Math.min(...batchIndex) + 1;
    const shape = [samples.shape[0]! * amount, ...samples.shape.slice(1)];
    const extras = {
      noiseMask:
        noiseMask && noiseMask.shape[0] > 1
          ? {
              data: repeated(noiseMask.data, amount),
              shape: [noiseMask.shape[0] * amount, noiseMask.shape[1], noiseMask.shape[2]] as const,
            }
          : noiseMask,
      batchIndex:
        batchIndex && Array.from({ length: amount }, (_, i) => batchIndex.map((x) => x + i * offset!)).flat(),
    };
    return [samples.mapped((data) => ({ data: repeated(data, amount), shape }), extras)];
  },
});

/** `LatentFromBatch`: some pictures of a batch, which keep their noise. A place below 0 is counted from the end. */
export const latentFromBatch = defineNode({
  name: 'LatentFromBatch',
  inputs: {
    samples: link('LATENT'),
    batch_index: whole(-LARGEST_SIDE, LARGEST_SIDE, 0),
    length: whole(1, 64, 1),
  },
  outputs: ['LATENT'],
  run({ samples, batch_index, length }) {
    const [pictures = 0, ...rest] = samples.shape;
    const place = batch_index < 0 ? batch_index + pictures : batch_index;
    const from = Math.max(0, Math.min(pictures - 1, place));
    const count = Math.min(pictures - from, length);
    const size = elements(rest);
    const all = samples.batchIndex ?? Array.from({ length: pictures }, (_, i) => i);
    const shape = [count, ...rest];
    const extras = {
      noiseMask: samples.noiseMask && maskOf(samples.noiseMask, from, count, pictures),
      batchIndex: all.slice(from, from + count),
    };
    return [
      samples.mapped((data) => ({ data: data.slice(from * size, (from + count) * size), shape }), extras),
    ];
  },
});

/** `LatentBatch`: the pictures of both, the second ones in the size of the first; each keeps the noise of its place. */
export const latentBatch = defineNode({
  name: 'LatentBatch',
  inputs: { samples1: link('LATENT'), samples2: link('LATENT') },
  outputs: ['LATENT'],
  run({ samples1, samples2 }) {
    const [count1 = 0, , height = 0, width = 0] = samples1.shape;
    const [count2 = 0, , ...sides] = samples2.shape;
    requireSize(width * LATENT_PIXELS, height * LATENT_PIXELS, count1 + count2);
    const fits = sides[0] === height && sides[1] === width;
    const second = fits ? samples2.vae : commonUpscale(samples2.vae, width, height, 'bilinear', 'center');
    const data = new Float32Array(samples1.vae.data.length + second.data.length);
    data.set(samples1.vae.data);
    data.set(second.data, samples1.vae.data.length);
    const places = (latent: Latent, count: number) =>
      latent.batchIndex ?? Array.from({ length: count }, (_, i) => i);
    const shape = [count1 + count2, ...samples1.shape.slice(1)];
    const batchIndex = [...places(samples1, count1), ...places(samples2, count2)];
    return [Latent.ofVae({ data, shape }, { noiseMask: samples1.noiseMask, batchIndex })];
  },
});

function maskOf(mask: NonNullable<Latent['noiseMask']>, from: number, count: number, pictures: number) {
  const [n, height, width] = mask.shape;
  if (n === 1) return mask;
  const area = height * width;
  const data = new Float32Array(count * area);
  for (let i = 0; i < count; i++) {
    const at = ((from + i) % Math.min(n, pictures)) * area;
    data.set(mask.data.subarray(at, at + area), i * area);
  }
  return { data, shape: [count, height, width] as const };
}

function repeated(data: Float32Array, amount: number): Float32Array {
  const all = new Float32Array(data.length * amount);
  for (let i = 0; i < amount; i++) all.set(data, i * data.length);
  return all;
}
