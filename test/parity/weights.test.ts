import { expect, test } from 'vitest';
import { reference } from '../reference.ts';
import { diffusersConvert } from './diffusers-convert.ts';
import { dtypes } from './dtypes.ts';

test('every element type decodes and rounds as torch does', async () => {
  expect(await dtypes(reference())).toEqual([{ name: 'dtypes', status: 'pass', figures: { exact: true } }]);
});

test('the diffusers names map to the official tensors and back without a difference', async () => {
  expect(await diffusersConvert(reference())).toEqual([
    { name: 'diffusers_convert', status: 'pass', figures: { exact: true } },
  ]);
});
