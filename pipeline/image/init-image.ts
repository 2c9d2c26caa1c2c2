/** The picture that image to image starts from: somebody's upload, hostile until checked, as the VAE encoder's input. */
import sharp from 'sharp';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../float-tensor.ts';
import { countFrames, isPng } from './png.ts';
import { centreCrop, type Rectangle } from './resize/centre-crop.ts';
import { type Bytes, resizeLanczos } from './resize/lanczos.ts';

/** Seconds after which decoding is given up: the largest allowed picture takes well under one. */
const DECODE_TIMEOUT = 20;

/**
 * Checks an encoded picture and turns it into what the VAE encoder takes, as ComfyUI's `LoadImage`, a centre-cropping
 * `ImageScale` (only where the size differs) and `VAE.encode` do.
 *
 * The camera's orientation mark (EXIF) is obeyed, so that the picture is seen as its owner sees it. Transparent
 * parts become white, as on the page it was probably seen on; dropping the alpha channel would uncover whatever
 * colours lie hidden below.
 *
 * @param bytes a PNG, JPEG or WebP file.
 * @param width @param height pixels wanted; another shape is covered and cropped around the centre.
 * @param image what the picture is called in a sentence.
 * @returns 1 x 3 x height x width, -1..1.
 * @throws Fault `image.*`
 */
export async function readInitImage(
  bytes: Uint8Array,
  width: number,
  height: number,
  image = 'The picture',
): Promise<FloatTensor> {
  const { data, info } = await decode(bytes, image);
  const whole = { data, width: info.width, height: info.height, channels: info.channels };
  const kept = cutOutBytes(whole, centreCrop(whole, width, height));
  const fitted = resizeLanczos(kept, width, height);
  return { data: toPlanes(fitted.data, width * height, info.channels), shape: [1, 3, height, width] };
}

/** That it can be decoded, which happens on other threads; nothing is made of it yet. @throws Fault `image.*` */
export async function proveInitImage(bytes: Uint8Array, image = 'The picture'): Promise<void> {
  await decode(bytes, image);
}

async function decode(bytes: Uint8Array, image: string) {
  await checkUpload(bytes, image);
  return sharp(bytes, { limitInputPixels: LIMITS.uploadPixels, failOn: 'error' })
    .timeout({ seconds: DECODE_TIMEOUT })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new Fault('image.broken', { image }, cause);
    });
}

/** What can be said without decoding: length, type by content, size, a single frame. @throws Fault `image.*` */
export async function checkUpload(bytes: Uint8Array, image = 'The picture'): Promise<void> {
  if (bytes.length > LIMITS.uploadBytes) {
    throw new Fault('image.bytes', { image, bytes: bytes.length, limit: LIMITS.uploadBytes });
  }
  if (!isPng(bytes) && !isJpeg(bytes) && !isWebp(bytes)) throw new Fault('image.type', { image });
  // Before anybody else walks over its chunks.
  const pngFrames = isPng(bytes) ? countFrames(bytes, image) : 1;
  const { width, height, pages } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new Fault('image.broken', { image }, cause);
    });
  if (width * height > LIMITS.uploadPixels) {
    throw new Fault('image.pixels', { image, width, height, limit: LIMITS.uploadPixels });
  }
  const frames = pages ?? pngFrames;
  if (frames > 1) throw new Fault('image.frames', { image, frames });
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function isWebp(bytes: Uint8Array): boolean {
  const tag = (from: number) => String.fromCharCode(...bytes.subarray(from, from + 4));
  return tag(0) === 'RIFF' && tag(8) === 'WEBP';
}

function cutOutBytes({ data, width, channels }: Bytes, kept: Rectangle): Bytes {
  const row = kept.width * channels;
  const cut = new Uint8Array(kept.height * row);
  for (let y = 0; y < kept.height; y++) {
    const from = ((kept.top + y) * width + kept.left) * channels;
    cut.set(data.subarray(from, from + row), y * row);
  }
  return { ...kept, data: cut, channels };
}

/** Interleaved bytes to planes of -1..1 in float32, as ComfyUI: 2 * (byte / 255) - 1. A grey picture fills all three. */
function toPlanes(bytes: Uint8Array, area: number, channels: number): Float32Array {
  const planes = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) {
    const from = Math.min(c, channels - 1);
    for (let p = 0; p < area; p++)
      planes[c * area + p] = 2 * Math.fround(bytes[p * channels + from]! / 255) - 1;
  }
  return planes;
}
