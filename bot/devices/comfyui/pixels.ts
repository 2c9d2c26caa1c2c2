/** A picture that a server sent, as pixels: hostile until it is decoded. */
import sharp from 'sharp';
import { endingOf } from '../../../pipeline/image/check-upload.ts';
import type { Pixels } from '../../../pipeline/request.ts';

/** Seconds after which decoding is given up: four megapixels take a tenth of one. */
const DECODE_TIMEOUT = 20;

/** @param most pixels. @throws Error where it is no png, jpeg or webp, too large, or broken */
export async function pixelsOf(bytes: Uint8Array, most: number): Promise<Pixels> {
  if (endingOf(bytes) === undefined) throw new Error('not a picture');
  const { data, info } = await sharp(bytes, { limitInputPixels: most, failOn: 'error' })
    .timeout({ seconds: DECODE_TIMEOUT })
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`a picture of ${info.channels} channels`);
  return { width: info.width, height: info.height, data };
}
