/** Pictures side by side without words, for somebody to say what they show. */
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import type { Pixels } from '../../pipeline/request.ts';

const COLUMNS = 8;
const GAP = 8;

/** @param pictures of one size @returns a PNG file */
export async function contactSheet(pictures: readonly Pixels[]): Promise<Uint8Array> {
  const [{ width, height }] = pictures as readonly [Pixels];
  const rows = Math.ceil(pictures.length / COLUMNS);
  const at = (index: number, side: number) => GAP + index * (side + GAP);
  const paper = {
    width: at(COLUMNS, width),
    height: at(rows, height),
    channels: 3,
    background: 'white',
  } as const;
  const prints = pictures.map(({ data }, i) => ({
    input: Buffer.from(data),
    raw: { width, height, channels: 3 as const },
    left: at(i % COLUMNS, width),
    top: at(Math.floor(i / COLUMNS), height),
  }));
  return sharp({ create: paper }).composite(prints).png().toBuffer();
}

export async function writeSheet(file: string, pictures: readonly Pixels[]): Promise<void> {
  writeFileSync(file, await contactSheet(pictures));
}
