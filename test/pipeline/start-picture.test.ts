/** Start pictures, masks, borders and second passes, drawn by the embedded model: what is kept is kept, and a file makes itself again. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalogue } from '../../bot/catalogue.ts';
import { readSettings } from '../../config/settings.ts';
import { generate } from '../../pipeline/generate.ts';
import { pictureName } from '../../pipeline/image/picture-name.ts';
import { encodePng, readTextChunks } from '../../pipeline/image/png.ts';
import type { PictureRequest, StartPicture, WorkflowRequest } from '../../pipeline/request.ts';
import { holdNetworks } from '../../pipeline/runtime/held-networks.ts';
import { aRequest } from './image/a-request.ts';

const SIDE = 96;
const networks = holdNetworks({ device: 'cpu' });
afterAll(() => networks.release());
const nano = openCatalogue(readSettings({})).choose('nano-turbo', 'model');

const ask = (changes: Partial<PictureRequest>) =>
  aRequest({
    model: { name: nano.name, files: nano.files },
    prompt: 'a green square on a blue background',
    ...nano.defaults,
    width: SIDE,
    height: SIDE,
    steps: 2,
    ...changes,
  });

async function draw(request: PictureRequest): Promise<Buffer[]> {
  const { signal } = new AbortController();
  const { pictures } = await generate(request, { networks, progress: () => {}, signal, now: () => 0 });
  return pictures.map((one) => Buffer.from(one));
}

const pixels = (png: Uint8Array) => sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });

/** A picture of waves, so that no two places are alike. */
const waves = (width: number, height: number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => 128 + 100 * Math.sin(i * 0.05 + (i % 3)));
const grey = (level: (x: number, y: number) => number, width = SIDE, height = SIDE) => {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const place = Math.floor(i / 3);
    return level(place % width, Math.floor(place / width));
  });
  return encodePng({ width, height, data });
};

let image: Uint8Array;
let rightHalf: Uint8Array;
let hollow: Uint8Array;
beforeAll(async () => {
  image = await encodePng({ width: SIDE, height: SIDE, data: waves(SIDE, SIDE) });
  rightHalf = await grey((x) => (x < SIDE / 2 ? 0 : 255));
  const alpha = await sharp(image).ensureAlpha().raw().toBuffer();
  for (let y = 32; y < 64; y++) for (let x = 32; x < 64; x++) alpha[(y * SIDE + x) * 4 + 3] = 0;
  hollow = await sharp(alpha, { raw: { width: SIDE, height: SIDE, channels: 4 } })
    .png()
    .toBuffer();
});
const start = (more: Partial<StartPicture> = {}): StartPicture => ({
  image,
  strength: 1,
  transparent: false,
  ...more,
});

/** The largest difference of levels where `inside` says so. */
async function largest(a: Uint8Array, b: Uint8Array, inside: (x: number, y: number) => boolean, left = 0) {
  const [first, second] = [await pixels(a), await pixels(b)];
  let most = 0;
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      if (!inside(x, y)) continue;
      for (let c = 0; c < 3; c++) {
        const own = first.data[(y * first.info.width + x) * 3 + c]!;
        most = Math.max(most, Math.abs(own - second.data[(y * second.info.width + x + left) * 3 + c]!));
      }
    }
  return most;
}

test('what a mask keeps differs by at most one level, in every picture of a batch; the rest is new', async () => {
  const drawn = await draw(ask({ init: start({ mask: rightHalf }), count: 2 }));
  expect(drawn).toHaveLength(2);
  for (const one of drawn) {
    expect(await largest(image, one, (x) => x < SIDE / 2)).toBeLessThanOrEqual(1);
    expect(await largest(image, one, (x) => x >= SIDE / 2)).toBeGreaterThan(60);
  }
});

test('transparent parts are painted anew, whatever lies below them, and the rest is kept', async () => {
  const [drawn] = await draw(ask({ init: start({ image: hollow, transparent: true }) }));
  const inHole = (x: number, y: number) => x >= 32 && x < 64 && y >= 32 && y < 64;
  expect(await largest(image, drawn!, (x, y) => !inHole(x, y))).toBeLessThanOrEqual(1);
  const other = await sharp(hollow).ensureAlpha().raw().toBuffer();
  for (let i = 0; i < other.length; i += 4) if (other[i + 3] === 0) other.fill(200, i, i + 3);
  const below = await sharp(other, { raw: { width: SIDE, height: SIDE, channels: 4 } })
    .png()
    .toBuffer();
  const [same] = await draw(ask({ init: start({ image: below, transparent: true }) }));
  expect((await pixels(same!)).data.equals((await pixels(drawn!)).data)).toBe(true);
});

test('a mask that is all white is none, and one that is all black gives the start picture back', async () => {
  const white = await grey(() => 255);
  const black = await grey(() => 0);
  const [plain] = await draw(ask({ init: start({ strength: 0.7 }) }));
  const [whole] = await draw(ask({ init: start({ strength: 0.7, mask: white }) }));
  const [none] = await draw(ask({ init: start({ strength: 0.7, mask: black }) }));
  expect((await pixels(whole!)).data.equals((await pixels(plain!)).data)).toBe(true);
  expect(await largest(image, none!, () => true)).toBe(0);
});

test('beyond its borders a picture is painted on, and it is kept itself', async () => {
  const borders = { left: 32, top: 0, right: 0, bottom: 16 };
  const init = start({ borders });
  const [drawn] = await draw(ask({ init, width: SIDE + 32, height: SIDE + 16 }));
  const { info } = await pixels(drawn!);
  expect([info.width, info.height]).toEqual([SIDE + 32, SIDE + 16]);
  expect(await largest(image, drawn!, () => true, 32)).toBeLessThanOrEqual(1);
});

test('a second pass makes the picture larger, and keeps its layout', async () => {
  const upscale = { width: 144, height: 144, strength: 0.5 };
  const [small] = await draw(ask({}));
  const [large] = await draw(ask({ upscale }));
  expect((await pixels(large!)).info).toMatchObject({ width: 144, height: 144 });
  const shrunk = await sharp(large).resize(12, 12).removeAlpha().raw().toBuffer();
  const plain = await sharp(small).resize(12, 12).removeAlpha().raw().toBuffer();
  const mean = shrunk.reduce((sum, value, i) => sum + Math.abs(value - plain[i]!), 0) / shrunk.length;
  expect(mean).toBeLessThan(40);
});

/** A picture's own workflow run with the files that it names. */
async function again(png: Uint8Array, pictures: readonly Uint8Array[]): Promise<Buffer[]> {
  const json = readTextChunks(png).find(({ keyword }) => keyword === 'prompt')!.text;
  const { checkpoint, vae, tokenizers, geometry } = nano.files;
  const names = [checkpoint, vae, nano.files.clipL, nano.files.clipG, nano.files.t5];
  const files = Object.fromEntries(
    names.flatMap((path) =>
      path === undefined
        ? []
        : ['checkpoints', 'diffusion_models', 'text_encoders', 'vae'].map((kind) => [
            `${kind}/${path.split('/').at(-1)}`,
            path,
          ]),
    ),
  );
  const known = (['start', 'mask', 'control'] as const).flatMap((role) =>
    pictures.map((bytes) => [pictureName(role, bytes), bytes] as const),
  );
  const workflow: WorkflowRequest = {
    json,
    files,
    pictures: Object.fromEntries(known),
    tokenizers,
    ...(geometry && { geometry }),
  };
  return draw(ask({ workflow }));
}

test.each([
  ['a start picture', () => ({ init: start({ strength: 0.5 }) })],
  ['a start picture of another shape', () => ({ init: start({ strength: 0.5 }), width: 128, height: 64 })],
  [
    'a mask and a second pass',
    () => ({
      init: start({ mask: rightHalf }),
      upscale: { width: 128, height: 128, strength: 0.5 },
    }),
  ],
  ['transparency', () => ({ init: start({ image: hollow, transparent: true }) })],
  [
    'borders, a mask and a batch',
    () => ({
      init: start({ mask: rightHalf, borders: { left: 16, top: 16, right: 0, bottom: 0 } }),
      width: SIDE + 16,
      height: SIDE + 16,
      count: 2,
    }),
  ],
])('the workflow in a picture makes the same pixels again: %s', async (_, changes) => {
  const drawn = await draw(ask(changes()));
  const remade = await again(drawn[0]!, [image, rightHalf, hollow]);
  expect(remade).toHaveLength(drawn.length);
  for (const [i, one] of drawn.entries())
    expect((await pixels(remade[i]!)).data.equals((await pixels(one)).data)).toBe(true);
});
