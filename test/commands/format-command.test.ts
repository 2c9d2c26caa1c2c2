/** “Copy as command” of pictures whose sizes, models and start pictures were asked for in different ways. */
import { expect, test } from 'vitest';
import { commandFor, formatCommand } from '../../commands/format-command.ts';
import { OPTIONS, type RawOptions } from '../../commands/options.ts';
import { parseText } from '../../commands/parse-text.ts';
import { readImagine } from '../../commands/read-imagine.ts';
import type { KeptOptions } from '../../commands/studio.ts';
import { ALL_MODELS, aHouse } from './a-house.ts';

const house = aHouse(ALL_MODELS);

async function copied(options: KeptOptions, models = house.models) {
  const request = await readImagine(options as RawOptions, { ...house, label: (name) => name });
  const command = commandFor({ options, request }, { ...house, models });
  expect(command.startsWith('/imagine ')).toBe(true);
  const all = { name: 'imagine', options: OPTIONS, words: 'prompt' };
  return { request, given: parseText(command.slice('/imagine '.length), all) };
}

test('a size that was asked for is written, and no aspect beside it', async () => {
  const { given } = await copied({ prompt: 'a fox', size: '192x128', seed: 1, model: 'nano' });
  expect(given).toMatchObject({ size: '192x128', seed: '1' });
  expect(given).not.toHaveProperty('aspect');
});

test('an aspect that was asked for is written as it was', async () => {
  const { given } = await copied({ prompt: 'a fox', aspect: '16:9', seed: 1, model: 'nano' });
  expect(given).toMatchObject({ aspect: '16:9' });
  expect(given).not.toHaveProperty('size');
});

test('without either, the shape that was decided is written: somebody else’s default may be another', async () => {
  const { given } = await copied({ prompt: 'a fox', seed: 1, model: 'nano' });
  expect(given).toMatchObject({ aspect: '1:1' });
});

test('a picture of a model that is not installed any more names its size in pixels', async () => {
  const { request, given } = await copied({ prompt: 'a fox', seed: 1, model: 'large' }, []);
  expect(given).toMatchObject({ model: 'large', size: `${request.width}x${request.height}` });
});

test('a start picture cannot be written, and its strength goes with it', () => {
  const options = { prompt: 'a fox', image: 'boat.png', strength: 0.5, seed: 3 };
  expect(formatCommand(options)).toBe('/imagine a fox --seed 3');
});
