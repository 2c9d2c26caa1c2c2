/** PNG files, written and looked into. Only whoever reads pictures of others needs sharp, which takes as long to load as all of ours. */
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import type { Pixels } from '../request.ts';

/** A named text inside a PNG file. */
export interface TextChunk {
  /** 1 to 79 Latin-1 characters. */
  readonly keyword: string;
  readonly text: string;
}

/** Types of chunks as numbers: `IDAT`, `acTL`. */
const IDAT = 0x49444154;
const ACTL = 0x6163544c;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const HEADER_BYTES = 13;
/** Signature, then the header chunk IHDR: length, type, its bytes, checksum. */
const AFTER_HEADER = SIGNATURE.length + 4 + 4 + HEADER_BYTES + 4;
/** Bits of a value, its three values in a pixel, deflate, the usual filters, rows in order (PNG specification 11.2.1). */
const RGB = [8, 2, 0, 0, 0];
/** Each byte of a row less the one above it (9.2): for painted pictures a seventh smaller than the bytes themselves. */
const UP = 2;
const compress = promisify(deflate);

/** An 8-bit RGB PNG of the pixels, with the texts in front of the picture data, where every reader finds them. */
export async function encodePng(pixels: Pixels, texts: readonly TextChunk[] = []): Promise<Uint8Array> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(pixels.width, 0);
  header.writeUInt32BE(pixels.height, 4);
  header.set(RGB, 8);
  const rows = await compress(lessAbove(pixels));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...texts.map(textChunk),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Rows as they are compressed: the filter, then the filtered bytes. */
function lessAbove({ width, height, data }: Pixels): Uint8Array {
  const bytes = 3 * width;
  const rows = new Uint8Array((1 + bytes) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (1 + bytes);
    const from = y * bytes;
    rows[to] = UP;
    for (let x = 0; x < bytes; x++)
      rows[to + 1 + x] = data[from + x]! - (y === 0 ? 0 : data[from + x - bytes]!);
  }
  return rows;
}

/** The texts of a PNG file (tEXt and uncompressed iTXt), in file order. @throws Fault `image.broken` */
export function readTextChunks(png: Uint8Array): TextChunk[] {
  const texts: TextChunk[] = [];
  for (const { type, data } of readChunks(png)) {
    const end = data.indexOf(0);
    if (end < 1) continue;
    const keyword = data.toString('latin1', 0, end);
    if (type === 'tEXt') texts.push({ keyword, text: data.toString('latin1', end + 1) });
    if (type === 'iTXt' && data[end + 1] === 0) {
      const language = data.indexOf(0, end + 3);
      const translated = data.indexOf(0, language + 1);
      if (language >= 0 && translated >= 0)
        texts.push({ keyword, text: data.toString('utf8', translated + 1) });
    }
  }
  return texts;
}

/** Chunks in which somebody's words may stand. */
const WORDS = new Set(['tEXt', 'iTXt', 'zTXt', 'eXIf']);

/** The same picture without texts and Exif, its pixels untouched. @throws Fault `image.broken` */
export function withoutTexts(png: Uint8Array): Uint8Array {
  const kept = [...readChunks(png)].filter(({ type }) => !WORDS.has(type));
  return Buffer.concat([SIGNATURE, ...kept.map(({ type, data }) => chunk(type, data))]);
}

/** Pixels of a PNG file of ours, from its header; nothing where there is none. */
export function sizeOf(png: Uint8Array | undefined): { width: number; height: number } | undefined {
  if (png === undefined || !isPng(png)) return undefined;
  const header = Buffer.from(png.buffer, png.byteOffset, AFTER_HEADER);
  return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
}

/** True when the bytes begin as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return bytes.length >= SIGNATURE.length && SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length));
}

/**
 * The chunks of a PNG file up to IEND, checksums verified.
 * @param image what the file is called in a sentence.
 * @throws Fault `image.broken`
 */
export function* readChunks(
  png: Uint8Array,
  image = 'The PNG file',
): Generator<{ type: string; data: Buffer }> {
  const broken = () => new Fault('image.broken', { image });
  if (!isPng(png)) throw broken();
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  for (let at = SIGNATURE.length; at < bytes.length; ) {
    if (at + 12 > bytes.length) throw broken();
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end))
      throw broken();
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, data: bytes.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
  throw broken();
}

/**
 * Frames of an animated PNG, which sharp does not tell: the count in its `acTL` chunk, in front of the first IDAT.
 * Checksums are for whoever decodes; of a file that is nothing but chunks no more than some are looked at.
 * @param image what the file is called in a sentence.
 * @throws Fault `image.broken`
 */
export function countFrames(png: Uint8Array, image: string): number {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let at = SIGNATURE.length;
  for (let chunks = 0; chunks < LIMITS.uploadChunks && at + 12 <= png.length; chunks++) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (type === IDAT) return 1;
    if (type === ACTL && length >= 4) return view.getUint32(at + 8);
    at += 12 + length;
  }
  throw new Fault('image.broken', { image });
}

/** tEXt holds Latin-1 without NUL; everything else goes into iTXt, which holds UTF-8 (PNG specification 11.3.3). */
function textChunk({ keyword, text }: TextChunk): Buffer {
  const isLatin1 = /^[\u0020-\u007e\u00a0-\u00ff\n]*$/.test(text);
  return isLatin1
    ? chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
    : // keyword, NUL, "not compressed" twice, empty language tag, empty translated keyword, text
      chunk(
        'iTXt',
        Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text, 'utf8')]),
      );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(4 + body.length + 4);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}
