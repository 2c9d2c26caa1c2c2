import { expect, test } from 'vitest';
import { colourByte, toPixels } from '../../../pipeline/image/to-pixels.ts';

test('cuts off instead of rounding, and clamps', () => {
  expect([-2, -1, 0, 0.999, 1, 1.5].map(colourByte)).toEqual([0, 0, 127, 254, 255, 255]);
});

test('a byte that went to -1..1 in float32 comes back as itself', () => {
  const bytes = Array.from({ length: 256 }, (_, i) => i);
  // Half a step up: k / 255 itself may fall on either side of the edge in float32.
  expect(bytes.map((k) => colourByte(Math.fround(((k + 0.5) / 255) * 2 - 1)))).toEqual([
    ...bytes.slice(0, 255),
    255,
  ]);
});

test('NaN and infinities give a colour, not an exception', () => {
  expect([Number.NaN, Infinity, -Infinity].map(colourByte)).toEqual([0, 255, 0]);
});

test('takes one picture of a batch from planes to interleaved colours', () => {
  const planes = [0, 1, /* green */ 1, -1, /* blue */ -1, 0];
  const decoded = { data: new Float32Array([...planes.map(() => 0.5), ...planes]), shape: [2, 3, 1, 2] };
  expect(toPixels(decoded, 1)).toEqual({
    width: 2,
    height: 1,
    data: new Uint8Array([127, 255, 0, 255, 0, 127]),
  });
});
