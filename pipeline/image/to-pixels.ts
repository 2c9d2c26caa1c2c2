/** The decoder's numbers as 8-bit colours. */
import type { FloatTensor } from '../float-tensor.ts';
import type { Pixels } from '../request.ts';

/**
 * One colour value, -1..1, as a byte: clamped and cut off, not rounded (ComfyUI's `process_output` and `SaveImage`
 * in float32; diffusers rounds). NaN gives 0.
 */
export function colourByte(value: number): number {
  const unit = Math.fround(value + 1) / 2;
  return Math.fround(255 * Math.min(Math.max(unit, 0), 1)) | 0;
}

/**
 * Pixels of one picture of a batch.
 *
 * @param decoded the VAE decoder's output, N x 3 x H x W, about -1..1.
 * @param index which of the N.
 */
export function toPixels(decoded: FloatTensor, index = 0): Pixels {
  const [, channels = 0, height = 0, width = 0] = decoded.shape;
  const area = height * width;
  const data = new Uint8Array(area * channels);
  for (let c = 0; c < channels; c++) {
    const plane = (index * channels + c) * area;
    for (let p = 0; p < area; p++) data[p * channels + c] = colourByte(decoded.data[plane + p]!);
  }
  return { width, height, data };
}

/**
 * Pixels of one picture of a batch of ComfyUI's images.
 *
 * @param image N x 3 x H x W, 0..1: the decoder's output after (value + 1) / 2.
 * @param index which of the N.
 */
export function pixelsOf(image: FloatTensor, index = 0): Pixels {
  const [, channels = 0, height = 0, width = 0] = image.shape;
  const area = height * width;
  const data = new Uint8Array(area * channels);
  for (let c = 0; c < channels; c++) {
    const plane = (index * channels + c) * area;
    for (let p = 0; p < area; p++)
      data[p * channels + c] = Math.fround(255 * Math.min(Math.max(image.data[plane + p]!, 0), 1));
  }
  return { width, height, data };
}
