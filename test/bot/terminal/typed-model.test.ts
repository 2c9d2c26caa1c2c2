import { expect, test } from 'vitest';
import { isStabilitys } from '../../../bot/catalogue.ts';

test.each([
  ['/m/sd3.5_medium.safetensors', 1536, true],
  ['/m/sd3.5_large_turbo.safetensors', 2432, true],
  ['/m/sd3.5_large.safetensors', 192, false],
  ['/m/my-own-large.safetensors', 2432, false],
])('%s of width %i is Stability’s: %s', (checkpoint, hiddenSize, expected) => {
  expect(isStabilitys(checkpoint, { hiddenSize })).toBe(expected);
});
