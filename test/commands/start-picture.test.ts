import { expect, test } from 'vitest';
import { parseBorders } from '../../commands/borders.ts';
import { chooseUpscale } from '../../commands/choose-upscale.ts';
import { chooseStart, sizeOfPicture } from '../../commands/start-picture.ts';

const MODEL = { name: 'medium', defaults: { width: 1024, height: 1024 }, maxSide: 1536 };
const NANO = { name: 'nano', defaults: { width: 256, height: 256 }, maxSide: 384 };
const image = Uint8Array.of(1);
const mask = Uint8Array.of(2);
const photo = { width: 1207, height: 805, transparent: false };
const start = (options: Parameters<typeof chooseStart>[0], facts = photo) =>
  chooseStart({ image, ...options }, facts, MODEL, (name) => name);

test('a picture that is only an example gives no shape: the result has the size of the model', () => {
  expect(start({})).toEqual({
    size: { width: 1024, height: 1024 },
    init: { image, strength: 0.6, transparent: false },
  });
});

test('a picture of which a part is kept keeps its size, in whole patches, and that part is made new', () => {
  expect(start({ mask })).toEqual({
    size: { width: 1200, height: 800 },
    init: { image, mask, strength: 1, transparent: false },
  });
});

test('transparent parts are such a part, too', () => {
  const { size, init } = start({}, { ...photo, transparent: true });
  expect(size).toEqual({ width: 1200, height: 800 });
  expect(init).toEqual({ image, strength: 1, transparent: true });
});

test('a size or a strength that is given is the one', () => {
  const { size, init } = start({ mask, size: { width: 512, height: 512 }, strength: 0.3 });
  expect(size).toEqual({ width: 512, height: 512 });
  expect(init?.strength).toBe(0.3);
});

test.each([
  [
    { width: 4000, height: 3000 },
    { width: 1184, height: 880 },
  ],
  [
    { width: 300, height: 200 },
    { width: 1248, height: 832 },
  ],
  [
    { width: 2000, height: 600 },
    { width: 1536, height: 464 },
  ],
])('a picture of %j, which the model draws badly, is brought to %j', (picture, size) => {
  expect(sizeOfPicture(picture, undefined, MODEL).size).toEqual(size);
});

test('what is painted beyond a picture is added to its size', () => {
  const { size, init } = start({ expand: parseBorders('left:256')! });
  expect(size).toEqual({ width: 1456, height: 800 });
  expect(init?.borders).toEqual({ left: 256, top: 0, right: 0, bottom: 0 });
});

test('where both together are too large for the model, both are made smaller alike', () => {
  const { size, borders } = sizeOfPicture({ width: 256, height: 256 }, parseBorders('left:256'), NANO);
  expect(size).toEqual({ width: 368, height: 176 });
  expect(borders).toEqual({ left: 192, top: 0, right: 0, bottom: 0 });
});

test('borders far wider than the picture leave something of it', () => {
  const { size, borders } = sizeOfPicture(
    { width: 16, height: 16 },
    parseBorders('left:2048,right:2048'),
    MODEL,
  );
  expect(size.width - borders!.left - borders!.right).toBeGreaterThanOrEqual(16);
  expect(size.height).toBeGreaterThanOrEqual(16);
});

test.each([
  ['left:256', { left: 256, top: 0, right: 0, bottom: 0 }],
  [' Left: 16 , bottom :2048', { left: 16, top: 0, right: 0, bottom: 2048 }],
  ['all:128', { left: 128, top: 128, right: 128, bottom: 128 }],
  ['left:250', undefined],
  ['left:0', undefined],
  ['left:4096', undefined],
  ['left:16,left:16', undefined],
  ['all:16,top:16', undefined],
  ['middle:16', undefined],
  ['256', undefined],
  ['', undefined],
])('--expand %s', (text, borders) => {
  expect(parseBorders(text)).toEqual(borders);
});

test('a second pass has sides of whole patches', () => {
  const size = { width: 1024, height: 768 };
  const upscale = chooseUpscale(1.5, undefined, size, MODEL, (name) => name);
  expect(upscale).toEqual({ width: 1536, height: 1152, strength: 0.5 });
});

test.each([
  [1.6, { width: 1024, height: 1024 }, 'a number above 1, up to 1.5'],
  [4, { width: 384, height: 384 }, 'a number above 1, up to 4'],
  [2, { width: 1536, height: 1536 }, 'none here'],
])('a second pass of %s at %j goes as far as the model', (times, size, allowed) => {
  const choose = () => chooseUpscale(times, undefined, size, MODEL, (name) => name);
  if (times === 4) expect(choose()?.width).toBe(1536);
  else expect(choose).toThrow(allowed);
});
