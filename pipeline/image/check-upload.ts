/** Somebody's picture, hostile until checked: what can be said of it before its pixels are needed. */
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { countFrames, isPng } from './png.ts';

/** Seconds after which decoding is given up: the largest allowed picture takes well under one. */
const DECODE_TIMEOUT = 20;

/** Interleaved bytes, row by row; as the camera's orientation mark (EXIF) turns them. */
export interface DecodedBytes {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
}

/**
 * Colours below transparent parts are as they are.
 * @param bytes a PNG, JPEG or WebP file
 * @param image what the picture is called in a sentence
 * @throws Fault `image.*`
 */
export async function decodeBytes(bytes: Uint8Array, image: string): Promise<DecodedBytes> {
  await checkUpload(bytes, image);
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(bytes, { limitInputPixels: LIMITS.uploadPixels, failOn: 'error' })
    .timeout({ seconds: DECODE_TIMEOUT })
    .autoOrient()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new Fault('image.broken', { image }, cause);
    });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** That it can be decoded, which happens on other threads, and what that tells. @throws Fault `image.*` */
export async function provePicture(
  bytes: Uint8Array,
  image = 'The picture',
): Promise<{ width: number; height: number; transparent: boolean }> {
  const { width, height, ...decoded } = await decodeBytes(bytes, image);
  return { width, height, transparent: hasHoles(decoded) };
}

/** Whether anything is more transparent than not: smooth borders of an opaque picture do not count. */
function hasHoles({ data, channels }: Pick<DecodedBytes, 'data' | 'channels'>): boolean {
  if (channels % 2 === 1) return false;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at]! < 128) return true;
  return false;
}

/** What can be said without decoding: length, type by content, size, a single frame. @throws Fault `image.*` */
export async function checkUpload(bytes: Uint8Array, image = 'The picture'): Promise<void> {
  if (bytes.length > LIMITS.uploadBytes) {
    throw new Fault('image.bytes', { image, bytes: bytes.length, limit: LIMITS.uploadBytes });
  }
  if (endingOf(bytes) === undefined) throw new Fault('image.type', { image });
  // Before anybody else walks over its chunks.
  const pngFrames = isPng(bytes) ? countFrames(bytes, image) : 1;
  const { default: sharp } = await import('sharp');
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

/** The ending of a picture's file by its content; undefined where it is none of the three. */
export function endingOf(bytes: Uint8Array): 'png' | 'jpg' | 'webp' | undefined {
  if (isPng(bytes)) return 'png';
  if (isJpeg(bytes)) return 'jpg';
  return isWebp(bytes) ? 'webp' : undefined;
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function isWebp(bytes: Uint8Array): boolean {
  const tag = (from: number) => String.fromCharCode(...bytes.subarray(from, from + 4));
  return tag(0) === 'RIFF' && tag(8) === 'WEBP';
}
