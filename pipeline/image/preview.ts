/** A latent seen cheaply: one small matrix from latent channels to colours, one preview pixel a latent pixel. */
import type { FloatTensor } from '../float-tensor.ts';
import type { Pixels } from '../request.ts';
import { colourByte } from './to-pixels.ts';

/** Red, green and blue of each of the 16 latent channels, and the bias: ComfyUI's `SD3.latent_rgb_factors`. */
const FACTORS: readonly (readonly [number, number, number])[] = [
  [-0.0922, -0.0175, 0.0749],
  [0.0311, 0.0633, 0.0954],
  [0.1994, 0.0927, 0.0458],
  [0.0856, 0.0339, 0.0902],
  [0.0587, 0.0272, -0.0496],
  [-0.0006, 0.1104, 0.0309],
  [0.0978, 0.0306, 0.0427],
  [-0.0042, 0.1038, 0.1358],
  [-0.0194, 0.002, 0.0669],
  [-0.0488, 0.013, -0.0268],
  [0.0922, 0.0988, 0.0951],
  [-0.0278, 0.0524, -0.0542],
  [0.0332, 0.0456, 0.0895],
  [-0.0069, -0.003, -0.081],
  [-0.0596, -0.0465, -0.0293],
  [-0.1448, -0.1463, -0.1189],
];
const BIAS: readonly [number, number, number] = [0.2394, 0.2135, 0.1925];

/**
 * Preview of one picture of a batch, as ComfyUI's `Latent2RGBPreviewer` computes it.
 *
 * @param latent N x C x h x w in model space (not divided by the VAE's scale factor). Channels beyond the 16th,
 *   which no SD3 model has, are not seen.
 * @param index which of the N.
 * @returns h x w pixels.
 */
export function previewPixels(latent: FloatTensor, index = 0): Pixels {
  const [, channels = 0, height = 0, width = 0] = latent.shape;
  const area = height * width;
  const first = index * channels * area;
  const seen = Math.min(channels, FACTORS.length);
  const data = new Uint8Array(area * 3);
  for (let p = 0; p < area; p++) {
    let [red, green, blue] = BIAS;
    for (let c = 0; c < seen; c++) {
      const value = latent.data[first + c * area + p]!;
      const factor = FACTORS[c]!;
      red += value * factor[0];
      green += value * factor[1];
      blue += value * factor[2];
    }
    data[p * 3] = colourByte(red);
    data[p * 3 + 1] = colourByte(green);
    data[p * 3 + 2] = colourByte(blue);
  }
  return { width, height, data };
}
