/** Previews of unfinished latents: by TAESD3 where its file is there, else by one small matrix. */
import { elements, type FloatTensor } from '../float-tensor.ts';
import { emitTaesd } from '../graph/taesd.ts';
import { previewPixels } from '../image/preview.ts';
import { colourByte } from '../image/to-pixels.ts';
import type { Pixels } from '../request.ts';
import type { Network } from '../weights/geometry.ts';
import type { TaesdGeometry } from '../weights/networks/taesd.ts';
import { openNetwork } from './open-network.ts';
import type { Session, SessionOptions } from './session.ts';

export interface Previewer {
  /** @param latent [n, channels, h, w] in model space @param index which of the n */
  preview(latent: FloatTensor, index: number): Promise<Pixels>;
  release(): Promise<void>;
}

/** Pixels of a preview's longer side, as in ComfyUI: it is looked at in a message. */
const LONGEST_SIDE = 512;

/** Opens nothing until the first preview is asked for. */
export function openPreviewer(
  network: Network<TaesdGeometry> | undefined,
  options: SessionOptions,
): Previewer {
  let session: Promise<Session> | undefined;
  return {
    async preview(latent, index) {
      const [, channels = 0, height = 0, width = 0] = latent.shape;
      if (!network || network.geometry.latentChannels !== channels) return previewPixels(latent, index);
      session ??= openNetwork(emitTaesd, network, {}, { ...options, returnsMemory: true });
      const shape = [1, channels, height, width];
      const size = elements(shape);
      const one = { data: latent.data.subarray(index * size, (index + 1) * size), shape };
      return smaller((await (await session).run({ latent: one })).image!);
    },
    async release() {
      await (await session)?.release();
      session = undefined;
    },
  };
}

/** Colours of 0..1 as bytes, each the mean of a square where the picture is larger than a preview need be. */
function smaller(image: FloatTensor): Pixels {
  const [, , height = 0, width = 0] = image.shape;
  const side = Math.ceil(Math.max(height, width) / LONGEST_SIDE);
  const size = { width: Math.floor(width / side), height: Math.floor(height / side) };
  const data = new Uint8Array(size.width * size.height * 3);
  for (let colour = 0; colour < 3; colour++)
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < size.width; x++) {
        let sum = 0;
        for (let dy = 0; dy < side; dy++)
          for (let dx = 0; dx < side; dx++)
            sum += image.data[(colour * height + y * side + dy) * width + x * side + dx]!;
        data[(y * size.width + x) * 3 + colour] = colourByte((sum / side ** 2) * 2 - 1);
      }
  return { ...size, data };
}
