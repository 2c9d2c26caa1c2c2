/** Nodes that give pictures and latents another size (ComfyUI's `common_upscale`). */
import { commonUpscale } from '../../image/resize/common-upscale.ts';
import { LATENT_PIXELS } from '../../latent-pixels.ts';
import { roundHalfToEven } from '../../round-half-to-even.ts';
import { choice, link, number, whole } from '../inputs.ts';
import { Latent } from '../latent.ts';
import { requireSize } from '../limits.ts';
import { defineNode } from '../node.ts';

const LARGEST_SIDE = 16384;
/** Pixels: what a side is at least where both are given. */
const SMALLEST_LATENT_SIDE = 64;

const IMAGE_METHODS = choice(['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']);
const LATENT_METHODS = choice(['nearest-exact', 'bilinear', 'area', 'bicubic', 'bislerp']);
const CROP = choice(['disabled', 'center'], 'disabled');

/** `ImageScale`: a side of 0 follows the other one. */
export const imageScale = defineNode({
  name: 'ImageScale',
  inputs: {
    image: link('IMAGE'),
    upscale_method: IMAGE_METHODS,
    width: whole(0, LARGEST_SIDE, 512),
    height: whole(0, LARGEST_SIDE, 512),
    crop: CROP,
  },
  outputs: ['IMAGE'],
  run({ image, upscale_method, crop, ...wanted }) {
    const [pictures = 0, , oldHeight = 0, oldWidth = 0] = image.shape;
    if (wanted.width === 0 && wanted.height === 0) return [image];
    const width = wanted.width || Math.max(1, roundHalfToEven((oldWidth * wanted.height) / oldHeight));
    const height = wanted.height || Math.max(1, roundHalfToEven((oldHeight * wanted.width) / oldWidth));
    requireSize(width, height, pictures);
    return [commonUpscale(image, width, height, upscale_method, crop)];
  },
});

export const imageScaleBy = defineNode({
  name: 'ImageScaleBy',
  inputs: { image: link('IMAGE'), upscale_method: IMAGE_METHODS, scale_by: number(0.01, 8, 1) },
  outputs: ['IMAGE'],
  run({ image, upscale_method, scale_by }) {
    const [pictures = 0, , oldHeight = 0, oldWidth = 0] = image.shape;
    const width = Math.max(1, roundHalfToEven(oldWidth * scale_by));
    const height = Math.max(1, roundHalfToEven(oldHeight * scale_by));
    requireSize(width, height, pictures);
    return [commonUpscale(image, width, height, upscale_method, 'disabled')];
  },
});

/** `ImageScaleToTotalPixels`: sides are multiples of `resolution_steps`. A megapixel is 1024 x 1024. */
export const imageScaleToTotalPixels = defineNode({
  name: 'ImageScaleToTotalPixels',
  inputs: {
    image: link('IMAGE'),
    upscale_method: IMAGE_METHODS,
    megapixels: number(0.01, 16, 1),
    resolution_steps: whole(1, 256, 1),
  },
  outputs: ['IMAGE'],
  run({ image, upscale_method, megapixels, resolution_steps: step }) {
    const [pictures = 0, , oldHeight = 0, oldWidth = 0] = image.shape;
    const scale = Math.sqrt((megapixels * 1024 * 1024) / (oldWidth * oldHeight));
    const width = Math.max(step, roundHalfToEven((oldWidth * scale) / step) * step);
    const height = Math.max(step, roundHalfToEven((oldHeight * scale) / step) * step);
    requireSize(width, height, pictures);
    return [commonUpscale(image, width, height, upscale_method, 'disabled')];
  },
});

/** `LatentUpscale`: sides in pixels. */
export const latentUpscale = defineNode({
  name: 'LatentUpscale',
  inputs: {
    samples: link('LATENT'),
    upscale_method: LATENT_METHODS,
    width: whole(0, LARGEST_SIDE, 512),
    height: whole(0, LARGEST_SIDE, 512),
    crop: CROP,
  },
  outputs: ['LATENT'],
  run({ samples, upscale_method, crop, ...wanted }) {
    if (wanted.width === 0 && wanted.height === 0) return [samples];
    const [pictures = 0, , oldHeight = 0, oldWidth = 0] = samples.shape;
    const least = (side: number) => Math.max(SMALLEST_LATENT_SIDE, side);
    const width =
      wanted.width === 0 ? roundHalfToEven((oldWidth * least(wanted.height)) / oldHeight) : wanted.width;
    const height =
      wanted.height === 0 ? roundHalfToEven((oldHeight * least(wanted.width)) / oldWidth) : wanted.height;
    requireSize(least(width), least(height), pictures);
    const side = (pixels: number) => Math.floor(least(pixels) / LATENT_PIXELS);
    return [resized(samples, commonUpscale(samples.vae, side(width), side(height), upscale_method, crop))];
  },
});

export const latentUpscaleBy = defineNode({
  name: 'LatentUpscaleBy',
  inputs: { samples: link('LATENT'), upscale_method: LATENT_METHODS, scale_by: number(0.01, 8, 1.5) },
  outputs: ['LATENT'],
  run({ samples, upscale_method, scale_by }) {
    const [pictures = 0, , oldHeight = 0, oldWidth = 0] = samples.shape;
    const width = Math.max(1, roundHalfToEven(oldWidth * scale_by));
    const height = Math.max(1, roundHalfToEven(oldHeight * scale_by));
    requireSize(width * LATENT_PIXELS, height * LATENT_PIXELS, pictures);
    return [resized(samples, commonUpscale(samples.vae, width, height, upscale_method, 'disabled'))];
  },
});

function resized({ noiseMask, batchIndex }: Latent, tensor: Latent['vae']): Latent {
  return Latent.ofVae(tensor, { noiseMask, batchIndex });
}
