import sharp from 'sharp';
import { expect, test } from 'vitest';
import { describePicture } from '../../../pipeline/image/picture.ts';
import { encodePng, readChunks, readTextChunks } from '../../../pipeline/image/png.ts';
import { aRequest } from './a-request.ts';

const pixels = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 14) };

test('keeps every pixel', async () => {
  const { data, info } = await sharp(await encodePng(pixels))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([3, 2, 3]);
  expect([...data]).toEqual([...pixels.data]);
});

test('puts the texts right behind the header, Latin-1 as tEXt and the rest as iTXt', async () => {
  const texts = [
    { keyword: 'parameters', text: 'città d’arte' },
    { keyword: 'Comment', text: 'città\nß' },
    { keyword: 'prompt', text: '東京 🐱' },
    { keyword: 'Empty', text: '' },
  ];
  const png = await encodePng(pixels, texts);
  expect([...readChunks(png)].slice(0, 5).map((chunk) => chunk.type)).toEqual([
    'IHDR',
    'iTXt',
    'tEXt',
    'iTXt',
    'tEXt',
  ]);
  expect(readTextChunks(png)).toEqual(texts);
});

test('another reader finds the same texts', async () => {
  const png = await encodePng(pixels, [{ keyword: 'parameters', text: 'a red fox' }]);
  const { comments } = await sharp(png).metadata();
  expect(comments).toEqual([{ keyword: 'parameters', text: 'a red fox' }]);
});

test('notices one changed bit', async () => {
  const png = Buffer.from(await encodePng(pixels, [{ keyword: 'k', text: 'value' }]));
  const at = png.indexOf('value');
  png[at] = png[at]! ^ 1;
  expect(() => readTextChunks(png)).toThrow('damaged');
});

test.each([0, 7, 20, 40, -1])('refuses a file cut after %i bytes', async (length) => {
  const png = await encodePng(pixels);
  const cut = png.subarray(0, length < 0 ? png.length + length : length);
  expect(() => [...readChunks(cut)]).toThrow('damaged');
});

test('a finished picture says what made it in infotext and as an ASCII workflow', async () => {
  const texts = describePicture(aRequest({ prompt: '東京' }));
  expect(texts.map(({ keyword }) => keyword)).toEqual(['parameters', 'prompt', 'workflow', 'Software']);
  const workflow = texts[1]!.text;
  expect(workflow).toMatch(/^[ -~]*$/);
  expect(JSON.stringify(JSON.parse(workflow))).toContain('東京');
});
