/** ComfyUI's `common_upscale`: every way in which its nodes give a picture or a latent another size. */
import { elements, type FloatTensor } from '../../float-tensor.ts';
import { bislerp } from './bislerp.ts';
import { centreCrop, type Rectangle } from './centre-crop.ts';
import { type Interpolation, interpolate } from './interpolate.ts';
import { resizeLanczos } from './lanczos.ts';

export type UpscaleMethod = Interpolation | 'bislerp' | 'lanczos';
export const UPSCALE_METHODS: readonly UpscaleMethod[] = [
  'nearest-exact',
  'bilinear',
  'area',
  'bicubic',
  'lanczos',
  'bislerp',
];

/**
 * @param tensor N x C x H x W. For `lanczos` a picture of values 0..1, which it goes through as bytes.
 * @param crop whether margins are cut off first, so that nothing is distorted.
 * @returns N x C x height x width
 */
export function commonUpscale(
  tensor: FloatTensor,
  width: number,
  height: number,
  method: UpscaleMethod,
  crop: 'disabled' | 'center',
): FloatTensor {
  const [, , oldHeight = 0, oldWidth = 0] = tensor.shape;
  const kept =
    crop === 'center'
      ? cutOut(tensor, centreCrop({ width: oldWidth, height: oldHeight }, width, height))
      : tensor;
  if (method === 'bislerp') return bislerp(kept, width, height);
  if (method === 'lanczos') return lanczosOfPicture(kept, width, height);
  return interpolate(kept, width, height, method);
}

/** The rectangle of every plane of an N x C x H x W tensor. */
export function cutOut(tensor: FloatTensor, { left, top, width, height }: Rectangle): FloatTensor {
  const [count = 0, channels = 0, oldHeight = 0, oldWidth = 0] = tensor.shape;
  if (width === oldWidth && height === oldHeight) return tensor;
  const shape = [count, channels, height, width];
  const data = new Float32Array(elements(shape));
  for (let plane = 0; plane < count * channels; plane++) {
    for (let y = 0; y < height; y++) {
      const from = (plane * oldHeight + top + y) * oldWidth + left;
      data.set(tensor.data.subarray(from, from + width), (plane * height + y) * width);
    }
  }
  return { data, shape };
}

function lanczosOfPicture({ data, shape }: FloatTensor, width: number, height: number): FloatTensor {
  const [count = 0, channels = 0, oldHeight = 0, oldWidth = 0] = shape;
  const area = oldHeight * oldWidth;
  const newArea = height * width;
  const result = new Float32Array(count * channels * newArea);
  for (let n = 0; n < count; n++) {
    const bytes = new Uint8Array(area * channels);
    for (let c = 0; c < channels; c++) {
      const plane = data.subarray((n * channels + c) * area, (n * channels + c + 1) * area);
      for (let p = 0; p < area; p++)
        bytes[p * channels + c] = Math.min(Math.max(Math.fround(255 * plane[p]!), 0), 255);
    }
    const picture = { data: bytes, width: oldWidth, height: oldHeight, channels };
    const resized = resizeLanczos(picture, width, height).data;
    for (let c = 0; c < channels; c++) {
      const start = (n * channels + c) * newArea;
      for (let p = 0; p < newArea; p++) result[start + p] = resized[p * channels + c]! / 255;
    }
  }
  return { data: result, shape: [count, channels, height, width] };
}
