/** Pictures to latents: as they are, or with what is to be painted anew made grey first. */
import { Fault } from '../../../config/faults.ts';
import type { FloatTensor } from '../../float-tensor.ts';
import { roundHalfToEven } from '../../round-half-to-even.ts';
import type { Mask } from '../../sampling/mask.ts';
import { resizeMask } from '../../sampling/mask.ts';
import { link, whole, yesOrNo } from '../inputs.ts';
import { Latent } from '../latent.ts';
import { defineNode, type RunContext } from '../node.ts';
import { overlapOf, type Tiling, threeTilings, wholeOrTiles } from '../tiled-scale.ts';
import { enlargement, type Vae } from '../values.ts';

/** In pixels: `encode_tiled_` in `comfy/sd.py`. */
const SHORT_OF_MEMORY = { width: 512, height: 512, overlap: 64 };

/** @param tiling in pixels; none encodes it whole if that is possible */
async function encode(
  vae: Vae,
  { data, shape }: FloatTensor,
  { networks, enter, signal }: RunContext,
  tiling?: Omit<Tiling, 'scale'>,
): Promise<FloatTensor> {
  enter('encoding');
  const autoencoder = await networks.autoencoder(vae.network);
  const image = { data: data.map((value) => 2 * value - 1), shape };
  const run = (tile: FloatTensor) => {
    if (signal.aborted) throw new Fault('cancelled', {}, signal.reason);
    return autoencoder.encode(tile);
  };
  const scale = 1 / enlargement(vae);
  return tiling
    ? threeTilings(image, run, { ...tiling, scale })
    : wholeOrTiles(image, run, { ...SHORT_OF_MEMORY, scale });
}

interface Crop {
  readonly height: number;
  readonly width: number;
  readonly y: number;
  readonly x: number;
}

/** The centre whose sides the VAE can halve (`vae_encode_crop_pixels`). */
function cropOf(shape: readonly number[], side: number): Crop {
  const [, , height = 0, width = 0] = shape;
  return {
    height: Math.floor(height / side) * side,
    width: Math.floor(width / side) * side,
    y: Math.floor((height % side) / 2),
    x: Math.floor((width % side) / 2),
  };
}

function cropPlanes(data: Float32Array, height: number, width: number, crop: Crop): Float32Array {
  if (crop.height === height && crop.width === width) return data;
  const planes = data.length / (height * width);
  const cropped = new Float32Array(planes * crop.height * crop.width);
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < crop.height; y++) {
      const from = (plane * height + crop.y + y) * width + crop.x;
      cropped.set(data.subarray(from, from + crop.width), (plane * crop.height + y) * crop.width);
    }
  }
  return cropped;
}

function cropImage({ data, shape }: FloatTensor, crop: Crop): FloatTensor {
  const [n, channels, height, width] = shape as [number, number, number, number];
  return { data: cropPlanes(data, height, width, crop), shape: [n, channels, crop.height, crop.width] };
}

/** A mask over a picture and cut like it. */
function cropMask(mask: Mask, shape: readonly number[], crop: Crop): Mask {
  const [, , height, width] = shape as [number, number, number, number];
  const over = resizeMask(mask, height, width);
  return {
    data: cropPlanes(over.data, height, width, crop),
    shape: [over.shape[0], crop.height, crop.width],
  };
}

/** 0.5 where the mask, rounded, is 1. */
function greyInside({ data, shape }: FloatTensor, mask: Mask): FloatTensor {
  const [, channels, height, width] = shape as [number, number, number, number];
  const area = height * width;
  const grey = data.map((value, i) => {
    const picture = Math.floor(i / (channels * area)) % mask.shape[0];
    return (value - 0.5) * (1 - roundHalfToEven(mask.data[picture * area + (i % area)]!)) + 0.5;
  });
  return { data: grey, shape };
}

/** The mask grown by a square of ones: a convolution, clamped (`VAEEncodeForInpaint`). An even square leans to one side. */
function grow({ data, shape }: Mask, by: number): Mask {
  const [n, height, width] = shape;
  if (by === 0) return { data: data.map(roundHalfToEven), shape };
  const before = Math.ceil((by - 1) / 2);
  const grown = new Float32Array(n * height * width);
  for (let i = 0; i < n; i++) {
    const own = data.subarray(i * height * width, (i + 1) * height * width).map(roundHalfToEven);
    const rows = slide(own, height, width, by, before);
    const both = transpose(slide(transpose(rows, height, width), width, height, by, before), width, height);
    grown.set(
      both.map((value) => Math.min(value, 1)),
      i * height * width,
    );
  }
  return { data: grown, shape };
}

/** Sums over `by` neighbours in a row, the first `before` to the left. */
function slide(data: Float32Array, height: number, width: number, by: number, before: number): Float32Array {
  const sums = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = Math.max(0, x - before); k < Math.min(width, x - before + by); k++)
        sum += data[y * width + k]!;
      sums[y * width + x] = sum;
    }
  }
  return sums;
}

function transpose(data: Float32Array, height: number, width: number): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % height) * width + Math.floor(i / height)]!);
}

export const vaeEncode = defineNode({
  name: 'VAEEncode',
  inputs: { pixels: link('IMAGE'), vae: link('VAE') },
  outputs: ['LATENT'],
  async run({ pixels, vae }, context) {
    const crop = cropOf(pixels.shape, enlargement(vae));
    return [Latent.ofModel(await encode(vae, cropImage(pixels, crop), context))];
  },
});

/**
 * `VAEEncodeTiled`: tile by tile, three times over. An overlap that leaves nothing of half a tile, with which ComfyUI ends
 * in an error, is cut down as its decoder cuts it down.
 */
export const vaeEncodeTiled = defineNode({
  name: 'VAEEncodeTiled',
  inputs: {
    pixels: link('IMAGE'),
    vae: link('VAE'),
    tile_size: whole(64, 4096, 512),
    overlap: whole(0, 4096, 64),
    temporal_size: whole(8, 4096, 64),
    temporal_overlap: whole(4, 4096, 8),
  },
  outputs: ['LATENT'],
  async run({ pixels, vae, tile_size, overlap: wanted }, context) {
    const side = enlargement(vae);
    const crop = cropOf(pixels.shape, side);
    const inLatents = (length: number) => Math.max(side, Math.floor(length / side) * side);
    const overlap = 2 * wanted < tile_size ? wanted : overlapOf(wanted, tile_size);
    const tiling = { width: inLatents(tile_size), height: inLatents(tile_size), overlap: inLatents(overlap) };
    return [Latent.ofModel(await encode(vae, cropImage(pixels, crop), context, tiling))];
  },
});

export const vaeEncodeForInpaint = defineNode({
  name: 'VAEEncodeForInpaint',
  inputs: { pixels: link('IMAGE'), vae: link('VAE'), mask: link('MASK'), grow_mask_by: whole(0, 64, 6) },
  outputs: ['LATENT'],
  async run({ pixels, vae, mask, grow_mask_by }, context) {
    const crop = cropOf(pixels.shape, enlargement(vae));
    const inside = cropMask(mask, pixels.shape, crop);
    const latent = await encode(vae, greyInside(cropImage(pixels, crop), inside), context);
    return [Latent.ofModel(latent, { noiseMask: grow(inside, grow_mask_by) })];
  },
});

/**
 * `InpaintModelConditioning`: what it adds to the conditioning is for inpainting models, of which SD3.5 has none; the
 * latent is that of the whole picture.
 */
export const inpaintModelConditioning = defineNode({
  name: 'InpaintModelConditioning',
  inputs: {
    positive: link('CONDITIONING'),
    negative: link('CONDITIONING'),
    vae: link('VAE'),
    pixels: link('IMAGE'),
    mask: link('MASK'),
    noise_mask: yesOrNo(true),
  },
  outputs: ['CONDITIONING', 'CONDITIONING', 'LATENT'],
  async run({ positive, negative, vae, pixels, mask, noise_mask }, context) {
    const crop = cropOf(pixels.shape, enlargement(vae));
    const latent = await encode(vae, cropImage(pixels, crop), context);
    const extras = noise_mask ? { noiseMask: cropMask(mask, pixels.shape, crop) } : {};
    return [positive, negative, Latent.ofModel(latent, extras)];
  },
});
