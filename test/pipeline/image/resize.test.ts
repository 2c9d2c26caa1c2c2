import { describe, expect, test } from 'vitest';
import { centreCrop } from '../../../pipeline/image/resize/centre-crop.ts';
import { commonUpscale, UPSCALE_METHODS } from '../../../pipeline/image/resize/common-upscale.ts';
import { resizeLanczos } from '../../../pipeline/image/resize/lanczos.ts';

const ramp = (width: number, height: number) => ({
  data: Uint8Array.from({ length: width * height }, (_, i) => (i * 37 + (i % width) * 11) % 256),
  width,
  height,
  channels: 1,
});

describe('Lanczos as Pillow has it', () => {
  // Made with Pillow 13.0: Image.fromarray(a).resize((4, 3), Image.LANCZOS) and so on, of the ramp above.
  test.each([
    [7, 5, 4, 3, [19, 97, 207, 129, 24, 102, 212, 134, 29, 107, 217, 139]],
    [
      5,
      9,
      6,
      4,
      [
        89, 147, 126, 72, 97, 131, 132, 113, 131, 116, 107, 163, 139, 114, 161, 179, 121, 100, 87, 146, 122,
        109, 153, 140,
      ],
    ],
  ] as const)('%i x %i to %i x %i', (width, height, newWidth, newHeight, expected) => {
    expect([...resizeLanczos(ramp(width, height), newWidth, newHeight).data]).toEqual(expected);
  });

  test('an even colour stays what it is, at every size', () => {
    const even = { ...ramp(9, 7), data: new Uint8Array(63).fill(201) };
    for (const [width, height] of [
      [3, 3],
      [20, 4],
      [4, 30],
      [31, 31],
    ] as const)
      expect(new Set(resizeLanczos(even, width, height).data)).toEqual(new Set([201]));
  });
});

test.each([
  [75, 45, 32, 32, { left: 15, top: 0, width: 45, height: 45 }],
  [33, 64, 64, 64, { left: 0, top: 16, width: 33, height: 32 }],
  // Half a pixel of margin goes to the even number.
  [5, 4, 4, 4, { left: 0, top: 0, width: 5, height: 4 }],
  [7, 4, 4, 4, { left: 2, top: 0, width: 3, height: 4 }],
])('%i x %i for %i x %i is cut as Python rounds', (width, height, newWidth, newHeight, kept) => {
  expect(centreCrop({ width, height }, newWidth, newHeight)).toEqual(kept);
});

test.each(UPSCALE_METHODS)('%s gives the size asked for, and keeps an even picture even', (method) => {
  const data = new Float32Array(2 * 3 * 4 * 5).fill(0.4);
  const resized = commonUpscale({ data, shape: [2, 3, 4, 5] }, 7, 3, method, 'center');
  expect(resized.shape).toEqual([2, 3, 3, 7]);
  for (const value of resized.data) expect(value).toBeCloseTo(0.4, 6);
});

test('bislerp turns between vectors: half-way between two of length 1 it is still of length 1', () => {
  const data = Float32Array.of(1, 0, 0, 1); // two channels of two pixels: (1, 0) and (0, 1)
  const { data: turned } = commonUpscale({ data, shape: [1, 2, 1, 2] }, 4, 1, 'bislerp', 'disabled');
  for (let x = 0; x < 4; x++) expect(Math.hypot(turned[x]!, turned[4 + x]!)).toBeCloseTo(1, 5);
});
