/** Nodes that make masks of pictures and change them. */

import type { Mask } from '../../sampling/mask.ts';
import { choice, link, number, whole, yesOrNo } from '../inputs.ts';
import { tooMuch } from '../limits.ts';
import { defineNode } from '../node.ts';

const LARGEST_SIDE = 16384;
/** Pixels times steps: some seconds of work. */
const MOST_GROWTH = 1e9;

/** `ImageToMask`: one colour of the picture. */
export const imageToMask = defineNode({
  name: 'ImageToMask',
  inputs: { image: link('IMAGE'), channel: choice(['red', 'green', 'blue']) },
  outputs: ['MASK'],
  run({ image: { data, shape }, channel }) {
    const [n, channels, height, width] = shape as [number, number, number, number];
    const area = height * width;
    const colour = ['red', 'green', 'blue'].indexOf(channel);
    const mask = new Float32Array(n * area);
    for (let i = 0; i < n; i++) {
      const from = (i * channels + colour) * area;
      mask.set(data.subarray(from, from + area), i * area);
    }
    return [{ data: mask, shape: [n, height, width] }];
  },
});

/** `MaskToImage`: grey. */
export const maskToImage = defineNode({
  name: 'MaskToImage',
  inputs: { mask: link('MASK') },
  outputs: ['IMAGE'],
  run({ mask: { data, shape } }) {
    const [n, height, width] = shape;
    const area = height * width;
    const image = new Float32Array(n * 3 * area);
    for (let plane = 0; plane < 3 * n; plane++) {
      const from = Math.floor(plane / 3) * area;
      image.set(data.subarray(from, from + area), plane * area);
    }
    return [{ data: image, shape: [n, 3, height, width] }];
  },
});

export const solidMask = defineNode({
  name: 'SolidMask',
  inputs: {
    value: number(0, 1, 1),
    width: whole(1, LARGEST_SIDE, 512),
    height: whole(1, LARGEST_SIDE, 512),
  },
  outputs: ['MASK'],
  run: ({ value, width, height }) => [
    { data: new Float32Array(width * height).fill(value), shape: [1, height, width] },
  ],
});

export const invertMask = defineNode({
  name: 'InvertMask',
  inputs: { mask: link('MASK') },
  outputs: ['MASK'],
  run: ({ mask: { data, shape } }) => [{ data: data.map((value) => 1 - value), shape }],
});

export const thresholdMask = defineNode({
  name: 'ThresholdMask',
  inputs: { mask: link('MASK'), value: number(0, 1, 0.5) },
  outputs: ['MASK'],
  run: ({ mask: { data, shape }, value }) => [{ data: data.map((own) => (own > value ? 1 : 0)), shape }],
});

/** `GrowMask`: each pixel takes the largest (or, shrinking, smallest) of its neighbours, as often as said. */
export const growMask = defineNode({
  name: 'GrowMask',
  inputs: {
    mask: link('MASK'),
    expand: whole(-LARGEST_SIDE, LARGEST_SIDE, 0),
    tapered_corners: yesOrNo(true),
  },
  outputs: ['MASK'],
  run({ mask, expand, tapered_corners }) {
    const [n, height, width] = mask.shape;
    // After as many steps as the mask has rows and columns nothing changes any more.
    const steps = Math.min(Math.abs(expand), height + width);
    const work = n * height * width * steps;
    if (work > MOST_GROWTH) throw tooMuch('pixels times steps of GrowMask', work, MOST_GROWTH);
    let grown = mask;
    for (let i = 0; i < steps; i++) grown = spread(grown, expand > 0, tapered_corners);
    return [grown];
  },
});

function spread({ data, shape }: Mask, largest: boolean, cornersOut: boolean): Mask {
  const [n, height, width] = shape;
  const result = new Float32Array(data.length);
  const pick = largest ? Math.max : Math.min;
  for (let i = 0; i < n * height; i++) {
    const y = i % height;
    const row = i * width;
    for (let x = 0; x < width; x++) {
      let value = data[row + x]!;
      for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
        for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
          if (cornersOut && dx !== 0 && dy !== 0) continue;
          value = pick(value, data[row + dy * width + x + dx]!);
        }
      }
      result[row + x] = value;
    }
  }
  return { data: result, shape };
}

/** `FeatherMask`: fades in from the borders. */
export const featherMask = defineNode({
  name: 'FeatherMask',
  inputs: {
    mask: link('MASK'),
    left: whole(0, LARGEST_SIDE, 0),
    top: whole(0, LARGEST_SIDE, 0),
    right: whole(0, LARGEST_SIDE, 0),
    bottom: whole(0, LARGEST_SIDE, 0),
  },
  outputs: ['MASK'],
  run({ mask: { data, shape }, left, top, right, bottom }) {
    const [, height, width] = shape;
    const columns = fades(width, left, right);
    const rows = fades(height, top, bottom);
    const feathered = data.map(
      (value, i) => value * columns[i % width]! * rows[Math.floor(i / width) % height]!,
    );
    return [{ data: feathered, shape }];
  },
});

/** Older versions of ComfyUI counted the far border from -0, which is the near one; since 2026 the last place is its first. */
function fades(length: number, near: number, far: number): Float32Array {
  const factors = new Float32Array(length).fill(1);
  const [first, last] = [Math.min(near, length), Math.min(far, length)];
  for (let i = 0; i < first; i++) factors[i]! *= (i + 1) / first;
  for (let i = 0; i < last; i++) factors[length - 1 - i]! *= (i + 1) / last;
  return factors;
}
