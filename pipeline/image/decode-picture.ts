/** Somebody's picture, hostile until checked, as the numbers that ComfyUI's `LoadImage` makes of it. */
import sharp from 'sharp';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../float-tensor.ts';
import { checkUpload } from './init-image.ts';

/** Seconds after which decoding is given up: the largest allowed picture takes well under one. */
const DECODE_TIMEOUT = 20;

export interface DecodedPicture {
  /** [1, 3, height, width], 0..1; colours below transparent parts as they are. */
  readonly image: FloatTensor;
  /** height * width, 1 where it is opaque; absent where the file has no transparency. */
  readonly alpha?: Float32Array;
}

/**
 * The camera's orientation mark (EXIF) is obeyed.
 * @param bytes a PNG, JPEG or WebP file
 * @param what what the picture is called in a sentence
 * @throws Fault `image.*`
 */
export async function decodePicture(bytes: Uint8Array, what: string): Promise<DecodedPicture> {
  await checkUpload(bytes, what);
  const { data, info } = await sharp(bytes, { limitInputPixels: LIMITS.uploadPixels, failOn: 'error' })
    .timeout({ seconds: DECODE_TIMEOUT })
    .autoOrient()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new Fault('image.broken', { image: what }, cause);
    });
  const { width, height, channels } = info;
  const area = width * height;
  const hasAlpha = channels === 2 || channels === 4;
  const plane = (channel: number) =>
    Float32Array.from({ length: area }, (_, p) => data[p * channels + channel]! / 255);
  const image = new Float32Array(3 * area);
  const colours = hasAlpha ? channels - 1 : channels;
  for (let c = 0; c < 3; c++) image.set(plane(Math.min(c, colours - 1)), c * area);
  return {
    image: { data: image, shape: [1, 3, height, width] },
    ...(hasAlpha && { alpha: plane(channels - 1) }),
  };
}
