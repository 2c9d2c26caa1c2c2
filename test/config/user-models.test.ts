import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kindOf, MODELS } from '../../config/models.ts';
import { readModelTable } from '../../config/user-models.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'darkroom-table-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const table = (json: unknown) => {
  writeFileSync(join(root, 'models.json'), typeof json === 'string' ? json : JSON.stringify(json));
  return readModelTable(root);
};
const entry = (name: string) => MODELS.find((model) => model.name === name)!;

test('an operator’s models come first, with the defaults of the model they are like', () => {
  const [mine, ...rest] = table([
    {
      name: 'anime',
      like: 'medium',
      files: { checkpoint: 'anime.safetensors', vae: 'my_vae.safetensors', t5: null, clipG: [] },
      defaults: { steps: 20, width: 768, sampler: 'DPM++ 2M', scheduler: 'SGM Uniform' },
    },
  ]);
  expect(mine).toMatchObject({
    name: 'anime',
    title: 'anime',
    licence: 'stability',
    defaults: { ...entry('medium').defaults, steps: 20, width: 768 },
    files: { checkpoint: ['anime.safetensors'] },
    named: { vae: ['my_vae.safetensors'], t5: [], clipG: [] },
  });
  expect(rest).toEqual(MODELS);
});

test('no models.json: the built-in table', () => {
  expect(readModelTable(root)).toBe(MODELS);
});

test('Medium made fast is not drawn in 40 steps with guidance', () => {
  expect(kindOf(true, 'x/sd3.5m_turbo.safetensors')).toBe('medium-turbo');
  expect(kindOf(true, 'x/sd3.5_medium.safetensors')).toBe('medium');
  expect(kindOf(false, 'models--stabilityai--stable-diffusion-3.5-large-turbo/a.safetensors')).toBe('turbo');
  const [fast] = table([{ name: 'fast', like: 'medium-turbo', files: { checkpoint: 'a' } }]);
  expect(fast).toMatchObject({ role: 'draft', defaults: { steps: 8, cfg: 1.5, shift: 3 } });
});

test('LoRA files that belong to a model, with their strengths', () => {
  const [quick] = table([
    {
      name: 'quick',
      like: 'medium-turbo',
      files: { checkpoint: 'a' },
      loras: ['fast.safetensors', { file: 'ink.safetensors', strength: 0.8 }],
    },
  ]);
  expect(quick!.loras).toEqual([
    { file: 'fast.safetensors', strength: 1 },
    { file: 'ink.safetensors', strength: 0.8 },
  ]);
});

const files = { checkpoint: 'a.safetensors' };
test.each([
  ['{', '(all)'],
  [{}, '(all)'],
  [[{ files }], '0.name'],
  [[{ name: 'Big One', files }], '0.name'],
  [[{ name: 'a', files: {} }], '0.files.checkpoint'],
  [[{ name: 'a', files, defaults: { steps: 0 } }], '0.defaults.steps'],
  [[{ name: 'a', files, loras: [{ file: 'x', strength: 11 }] }], '0.loras.0.strength'],
  [[{ name: 'a', files, defaults: { sampler: 'magic' } }], '0.defaults.sampler'],
  [[{ name: 'a', files, defaults: { width: 1000 } }], '0.defaults.width'],
  [[{ name: 'a', files, colour: 'red' }], '0'],
  [[{ name: 'large', files }], '0.name'],
  [
    [
      { name: 'a', files },
      { name: 'a', files },
    ],
    '1.name',
  ],
])('a wrong models.json %j names the field', (json, field) => {
  expect(() => table(json)).toThrow(`models.json", field "${field}": `);
});
