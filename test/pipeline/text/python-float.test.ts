import { expect, test } from 'vitest';
import { pythonFloat } from '../../../pipeline/text/python-float.ts';

test.each([
  ['1', 1],
  ['-0.5', -0.5],
  ['+2.', 2],
  ['.5', 0.5],
  ['1e3', 1000],
  ['1E-2', 0.01],
  ['1_000.5_0', 1000.5],
  [' 1.2\u3000', 1.2],
  ['١٢', 12],
  ['１.３', 1.3],
  ['𝟘.𝟝', 0.5],
  ['1e400', Infinity],
  ['-inf', -Infinity],
  ['InFiNiTy', Infinity],
  ['-nan', Number.NaN],
])('%j is %d', (text, value) => {
  expect(pythonFloat(text)).toBe(value);
});

test.each([
  '',
  ' ',
  '.',
  '1__0',
  '_1',
  '1_',
  '1_.5',
  '1e',
  '1e_1',
  '0x1',
  '1,5',
  '1 2',
  '--1',
  '1f',
  'infinit',
  '½',
  '²',
  '\ufeff1',
])('%j is no number', (text) => {
  expect(pythonFloat(text)).toBeUndefined();
});
