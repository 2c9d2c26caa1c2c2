/** Somebody's picture as the numbers that ComfyUI's `LoadImage` makes of it. */
import type { FloatTensor } from '../float-tensor.ts';
import { decodeBytes } from './check-upload.ts';

export interface DecodedPicture {
  /** [1, 3, height, width], 0..1; colours below transparent parts as they are. */
  readonly image: FloatTensor;
  /** height * width, 1 where it is opaque; absent where the file has no transparency. */
  readonly alpha?: Float32Array;
}

/**
 * The camera's orientation mark (EXIF) is obeyed; a grey picture fills all three colours.
 * @param bytes a PNG, JPEG or WebP file
 * @param what what the picture is called in a sentence
 * @throws Fault `image.*`
 */
export async function decodePicture(bytes: Uint8Array, what: string): Promise<DecodedPicture> {
  const { data, width, height, channels } = await decodeBytes(bytes, what);
  const area = width * height;
  const hasAlpha = channels === 2 || channels === 4;
  const image = new Float32Array(3 * area);
  const colours = hasAlpha ? channels - 1 : channels;
  const fill = (plane: Float32Array, channel: number) => {
    for (let p = 0; p < area; p++) plane[p] = data[p * channels + channel]! / 255;
    return plane;
  };
  for (let c = 0; c < 3; c++) fill(image.subarray(c * area, (c + 1) * area), Math.min(c, colours - 1));
  return {
    image: { data: image, shape: [1, 3, height, width] },
    ...(hasAlpha && { alpha: fill(new Float32Array(area), channels - 1) }),
  };
}
