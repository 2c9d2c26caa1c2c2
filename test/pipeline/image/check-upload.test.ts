import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { provePicture } from '../../../pipeline/image/check-upload.ts';
import { decodePicture } from '../../../pipeline/image/decode-picture.ts';
import { encodePng } from '../../../pipeline/image/png.ts';
import { commonUpscale } from '../../../pipeline/image/resize/common-upscale.ts';

type Colour = { r: number; g: number; b: number; alpha?: number };
const flat = (width: number, height: number, background: Colour) =>
  sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } });
const red = { r: 255, g: 0, b: 0 };
const blue = { r: 0, g: 0, b: 255 };

/** A picture whose left half is red and whose right half is blue. */
const redAndBlue = (width: number, height: number) =>
  flat(width, height, red).composite([
    {
      input: { create: { width: width / 2, height, channels: 3, background: blue } },
      left: width / 2,
      top: 0,
    },
  ]);

/** As a start picture is read: `LoadImage` and a centre-cropping `ImageScale`. */
async function readStart(bytes: Uint8Array, width: number, height: number) {
  const { image } = await decodePicture(bytes, 'The picture');
  return commonUpscale(image, width, height, 'lanczos', 'center');
}

/** The value of one channel at one pixel. */
const at = ({ data, shape }: Awaited<ReturnType<typeof readStart>>, c: number, y: number, x: number) =>
  data[(c * shape[2]! + y) * shape[3]! + x];

test('a picture of the right size passes unchanged: byte / 255, planes of red, green, blue', async () => {
  const data = Uint8Array.from({ length: 32 * 16 * 3 }, (_, i) => (i * 7) % 256);
  const tensor = await readStart(await encodePng({ width: 32, height: 16, data }), 32, 16);
  expect(tensor.shape).toEqual([1, 3, 16, 32]);
  const expected = Float32Array.from({ length: data.length }, (_, i) => {
    const plane = Math.floor(i / 512);
    return data[(i % 512) * 3 + plane]! / 255;
  });
  expect(tensor.data).toEqual(expected);
});

test.each(['png', 'jpeg', 'webp'] as const)('reads %s', async (format) => {
  const tensor = await readStart(
    await flat(48, 48, { r: 0, g: 255, b: 0 }).toFormat(format).toBuffer(),
    32,
    32,
  );
  expect(at(tensor, 0, 16, 16)).toBeCloseTo(0, 1);
  expect(at(tensor, 1, 16, 16)).toBeCloseTo(1, 1);
});

test('a wider picture is covered and cropped around its centre', async () => {
  const wide = await redAndBlue(96, 32).png().toBuffer();
  const tensor = await readStart(wide, 32, 32);
  expect([at(tensor, 0, 8, 4), at(tensor, 2, 8, 4)]).toEqual([1, 0]);
  expect([at(tensor, 0, 8, 27), at(tensor, 2, 8, 27)]).toEqual([0, 1]);
});

test('the orientation mark of a camera is obeyed before cropping', async () => {
  const turned = await redAndBlue(32, 32).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
  const tensor = await readStart(turned, 32, 32);
  expect(at(tensor, 0, 4, 4)).toBeGreaterThan(0.9);
  expect(at(tensor, 0, 4, 27)).toBeGreaterThan(0.9);
  expect(at(tensor, 0, 27, 16)).toBeLessThan(0.1);
});

test.each([
  ['no transparency', flat(16, 16, red), false],
  ['an alpha channel that is opaque', flat(16, 16, { ...red, alpha: 1 }), false],
  ['what is hardly transparent', flat(16, 16, { ...red, alpha: 0.7 }), false],
  ['a hole', flat(16, 16, { ...red, alpha: 0 }), true],
])('of a picture with %s it is told whether it has transparent parts', async (_, picture, transparent) => {
  expect(await provePicture(await picture.png().toBuffer())).toEqual({ width: 16, height: 16, transparent });
});

test.each([
  ['grey', (s: Sharp) => s.greyscale().png()],
  ['16-bit grey', (s: Sharp) => s.toColourspace('grey16').png()],
  ['16-bit colour', (s: Sharp) => s.toColourspace('rgb16').png()],
  ['palette', (s: Sharp) => s.png({ palette: true })],
  ['CMYK', (s: Sharp) => s.toColourspace('cmyk').jpeg()],
])('a %s picture has three channels of the usual range', async (_, encode) => {
  const white = flat(16, 16, { r: 255, g: 255, b: 255 });
  const tensor = await readStart(await encode(white).toBuffer(), 16, 16);
  for (const c of [0, 1, 2]) expect(at(tensor, c, 8, 8)).toBeCloseTo(1, 1);
});

const png = () => flat(64, 64, red).png().toBuffer();
const noise = () => {
  const data = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251));
  return sharp(data, { raw: { width: 64, height: 64, channels: 3 } });
};

/** A PNG that claims another size: nothing behind the header needs to be true. */
async function claiming(width: number, height: number): Promise<Buffer> {
  const { crc32 } = await import('node:zlib');
  const bytes = Buffer.from(await png());
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

async function animatedPng(): Promise<Buffer> {
  const { crc32 } = await import('node:zlib');
  const body = Buffer.from('acTL\0\0\0\x03\0\0\0\0', 'latin1');
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 8]), body, Buffer.alloc(4)]);
  framed.writeUInt32BE(crc32(body), 16);
  const bytes = await png();
  return Buffer.concat([bytes.subarray(0, 33), framed, bytes.subarray(33)]);
}

const animatedWebp = () =>
  sharp(Buffer.from(Array.from({ length: 16 * 48 * 3 }, (_, i) => (i > 768 ? i % 200 : 0))), {
    raw: { width: 16, height: 48, channels: 3, pageHeight: 16 },
  })
    .webp({ loop: 0 })
    .toBuffer();

const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

const refused: [string, string, () => Promise<Uint8Array>][] = [
  ['an empty file', 'image.type', async () => new Uint8Array()],
  ['a text', 'image.type', async () => Buffer.from('not a picture at all')],
  [
    'an SVG',
    'image.type',
    async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  ],
  ['a GIF', 'image.type', () => flat(16, 16, red).gif().toBuffer()],
  ['a TIFF', 'image.type', () => flat(16, 16, red).tiff().toBuffer()],
  ['an AVIF', 'image.type', () => flat(16, 16, red).avif().toBuffer()],
  ['more than 10 MiB', 'image.bytes', async () => new Uint8Array(10 * 1024 * 1024 + 1)],
  ['more than 16.8 megapixels', 'image.pixels', () => claiming(4097, 4096)],
  ['a header that claims sixty thousand pixels a side', 'image.pixels', () => claiming(60_000, 60_000)],
  [
    'a header that claims two thousand million a side',
    'image.broken',
    () => claiming(2 ** 31 - 1, 2 ** 31 - 1),
  ],
  ['only a PNG signature', 'image.broken', async () => (await png()).subarray(0, 8)],
  ['a PNG without its end', 'image.broken', async () => half(await noise().png().toBuffer())],
  ['a JPEG without its end', 'image.broken', async () => half(await noise().jpeg().toBuffer())],
  ['a WebP without its end', 'image.broken', async () => half(await noise().webp().toBuffer())],
  ['a PNG whose pixels are another size than its header says', 'image.broken', () => claiming(4096, 4096)],
  ['an animated WebP', 'image.frames', animatedWebp],
  ['an animated PNG', 'image.frames', animatedPng],
];

test.each(refused)('refuses %s', async (_, code, make) => {
  const refusal = await provePicture(await make()).then(
    () => 'accepted',
    (fault: unknown) => fault,
  );
  expect(refusal).toMatchObject({ code, blame: 'input' });
});
