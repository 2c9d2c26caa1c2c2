/** “Copy as command” of pictures whose sizes, models and start pictures were asked for in different ways. */
import { expect, test } from 'vitest';
import { commandFor, formatCommand } from '../../commands/format-command.ts';
import type { KeptOptions } from '../../commands/job-service.ts';
import { OPTIONS, type RawOptions } from '../../commands/options.ts';
import { parseText } from '../../commands/parse-text.ts';
import { readImagine } from '../../commands/read-imagine.ts';
import { ALL_MODELS, anInstallation } from './an-installation.ts';

const installation = anInstallation(ALL_MODELS);

async function copied(options: KeptOptions, models = installation.models) {
  const request = await readImagine(options as RawOptions, { ...installation, label: (name) => name });
  const command = commandFor({ options, request }, { ...installation, models });
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

const withLoras = { ...installation, findLora: (name: string) => `/models/loras/${name}.safetensors` };

test.each([
  ['a fox <lora:ink:0.8>', 5],
  ['a {red|blue} fox <lora:ink>', 5],
])(
  'LoRA files of the prompt and of the option, and a second pass, are asked for again: %s',
  async (prompt, seed) => {
    const label = (name: string) => name;
    const asked = { prompt, seed, model: 'nano', lora: 'film:-0.5', upscale: 1.3 };
    const request = await readImagine(asked, { ...withLoras, label });
    const rerolled = { ...request, seed: 6 };
    for (const made of [request, rerolled]) {
      const command = commandFor({ options: asked, request: made }, installation);
      const all = { name: 'imagine', options: OPTIONS, words: 'prompt' };
      const given = parseText(command.slice('/imagine '.length), all);
      const { id: _, ...again } = await readImagine(given, { ...withLoras, label });
      const { id: __, loras, ...rest } = made;
      const byFile = (files: typeof loras) => files?.toSorted((a, b) => a.file.localeCompare(b.file));
      expect(again).toMatchObject(rest);
      expect(byFile(again.loras)).toEqual(byFile(loras));
    }
  },
);

test('what belongs to a picture goes with it', () => {
  const options = {
    prompt: 'a fox',
    expand: 'left:256',
    'control-model': 'canny',
    'control-strength': 1,
    seed: 3,
  };
  expect(formatCommand(options)).toBe('/imagine a fox --seed 3');
});
