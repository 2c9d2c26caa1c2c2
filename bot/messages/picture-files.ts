/** Pictures as files that a chat takes: unfinished ones enlarged, finished ones as they are unless they are too large. */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '../../pipeline/request.ts';

/** Pixels of a preview's longer side: large enough that the message does not jump when the final comes. */
const PREVIEW_SIDE = 512;

/** An unfinished picture, to be encoded as the chat takes it. */
export function enlarged({ width, height, data }: Pixels): Sharp {
  const longer = width >= height ? { width: PREVIEW_SIDE } : { height: PREVIEW_SIDE };
  return sharp(data, { raw: { width, height, channels: 3 } }).resize({ ...longer, kernel: 'cubic' });
}

/** A finished picture's bytes, made smaller (as WebP) where it has more than the limit. @throws what reading throws */
export async function fitted(
  path: string,
  limit: number,
): Promise<{ readonly data: Buffer; readonly isSmaller: boolean }> {
  const data = await readFile(path);
  const isSmaller = data.length > limit;
  return { data: isSmaller ? await shrink(data, limit) : data, isSmaller };
}

/** Pixels of a picture's longer side on a sheet, and between two. */
const SHEET_SIDE = 1024;
const SHEET_GAP = 8;
/** As between the pictures of a photographer's contact sheet. */
const SHEET_COLOUR = '#111111';

/**
 * Several pictures of one size as one JPEG to choose from, two beside each other (two wide ones beneath each other), in
 * reading order. @param paths of two to four finished pictures @throws what reading throws
 */
export async function contactSheet(paths: readonly string[]): Promise<Buffer> {
  const { width: wide = 1, height: high = 1 } = await sharp(paths[0]).metadata();
  const scale = Math.min(1, SHEET_SIDE / Math.max(wide, high));
  const [width, height] = [Math.max(1, Math.round(wide * scale)), Math.max(1, Math.round(high * scale))];
  const columns = paths.length === 2 && wide > high ? 1 : 2;
  const rows = Math.ceil(paths.length / columns);
  const cells = await Promise.all(
    paths.map(async (path, i) => ({
      input: await sharp(path).resize({ width, height, fit: 'contain', background: SHEET_COLOUR }).toBuffer(),
      left: (i % columns) * (width + SHEET_GAP),
      top: Math.floor(i / columns) * (height + SHEET_GAP),
    })),
  );
  return sharp({
    create: {
      width: columns * (width + SHEET_GAP) - SHEET_GAP,
      height: rows * (height + SHEET_GAP) - SHEET_GAP,
      channels: 3,
      background: SHEET_COLOUR,
    },
  })
    .composite(cells)
    .jpeg({ quality: 88 })
    .toBuffer();
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
