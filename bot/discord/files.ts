/** Pictures as files that Discord takes: previews enlarged and light, finals as they are unless they are too large. */
import { readFile } from 'node:fs/promises';
import type { RawFile } from 'discord.js';
import sharp from 'sharp';
import type { Pixels } from '../../pipeline/request.ts';
import type { CardPicture } from '../messages/card.ts';

/** Pixels of a preview's longer side: large enough that the message does not jump when the final comes. */
const PREVIEW_SIDE = 512;

/** One unfinished picture, some ten kilobytes. */
export async function previewFile({ width, height, data }: Pixels): Promise<RawFile> {
  const longer = width >= height ? { width: PREVIEW_SIDE } : { height: PREVIEW_SIDE };
  const image = sharp(data, { raw: { width, height, channels: 3 } }).resize({ ...longer, kernel: 'cubic' });
  return { name: 'preview.webp', data: await image.webp({ quality: 70, effort: 1 }).toBuffer() };
}

export interface FittedFile {
  readonly file: RawFile;
  /** It had to be made smaller than the original. */
  readonly smaller: boolean;
}

/** A finished picture within a server's limit. @param limit bytes of one file */
export async function pictureFile(picture: CardPicture, name: string, limit: number): Promise<FittedFile> {
  const bytes = await readFile(picture.path);
  if (bytes.length <= limit) return { file: { name: `${name}.png`, data: bytes }, smaller: false };
  return { file: { name: `${name}.webp`, data: await shrink(bytes, limit) }, smaller: true };
}

/** WebP first at full size, then ever smaller, until it fits. */
async function shrink(bytes: Uint8Array, limit: number): Promise<Buffer> {
  const { width = 1 } = await sharp(bytes).metadata();
  for (let scale = 1; ; scale *= 0.7) {
    for (const quality of [92, 80]) {
      const smaller = sharp(bytes).resize({ width: Math.max(1, Math.round(width * scale)) });
      const encoded = await smaller.webp({ quality }).toBuffer();
      if (encoded.length <= limit || width * scale < 2) return encoded;
    }
  }
}
