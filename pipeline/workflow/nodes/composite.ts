/** Nodes that lay pictures over pictures, and masks over masks. */
import { elements } from '../../float-tensor.ts';
import { interpolate } from '../../image/resize/interpolate.ts';
import { roundHalfToEven } from '../../round-half-to-even.ts';
import { type Mask, resizeMask } from '../../sampling/mask.ts';
import { choice, link, optional, whole, yesOrNo } from '../inputs.ts';
import { MOST_PICTURES, requireSize } from '../limits.ts';
import { defineNode } from '../node.ts';

const LARGEST_SIDE = 16384;
const PLACE = { x: whole(0, LARGEST_SIDE, 0), y: whole(0, LARGEST_SIDE, 0) } as const;

/** `EmptyImage`: one colour. @param color 0xRRGGBB */
export const emptyImage = defineNode({
  name: 'EmptyImage',
  inputs: {
    width: whole(1, LARGEST_SIDE, 512),
    height: whole(1, LARGEST_SIDE, 512),
    batch_size: whole(1, MOST_PICTURES, 1),
    color: whole(0, 0xffffff, 0),
  },
  outputs: ['IMAGE'],
  run({ width, height, batch_size, color }) {
    requireSize(width, height, batch_size);
    const shape = [batch_size, 3, height, width];
    const area = width * height;
    const data = new Float32Array(elements(shape));
    for (let plane = 0; plane < 3 * batch_size; plane++) {
      const byte = (color >> (8 * (2 - (plane % 3)))) & 0xff;
      data.fill(byte / 255, plane * area, (plane + 1) * area);
    }
    return [{ data, shape }];
  },
});

/** `ImageCompositeMasked`: the source over the destination where the mask, brought to the source's size, says so. */
export const imageCompositeMasked = defineNode({
  name: 'ImageCompositeMasked',
  inputs: {
    destination: link('IMAGE'),
    source: link('IMAGE'),
    ...PLACE,
    resize_source: yesOrNo(false),
    mask: optional(link('MASK')),
  },
  outputs: ['IMAGE'],
  run({ destination, source: given, x, y, resize_source, mask }) {
    const [n, channels, height, width] = destination.shape as [number, number, number, number];
    const source = resize_source ? interpolate(given, width, height, 'bilinear') : given;
    const [sources, , rows, columns] = source.shape as [number, number, number, number];
    const over = mask && resizeMask(mask, rows, columns);
    const seen = { rows: Math.min(rows, height - y), columns: Math.min(columns, width - x) };
    const data = destination.data.slice();
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < channels; c++) {
        const from = ((i % sources) * channels + c) * rows * columns;
        const to = (i * channels + c) * height * width;
        const shares = over && (i % over.shape[0]) * rows * columns;
        for (let row = 0; row < seen.rows; row++) {
          for (let column = 0; column < seen.columns; column++) {
            const share = shares === undefined ? 1 : over!.data[shares + row * columns + column]!;
            const place = to + (y + row) * width + x + column;
            const above = Math.fround(share * source.data[from + row * columns + column]!);
            data[place] = above + Math.fround(Math.fround(1 - share) * data[place]!);
          }
        }
      }
    }
    return [{ data, shape: destination.shape }];
  },
});

const OPERATIONS = {
  multiply: (a: number, b: number) => a * b,
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  and: (a: number, b: number) => Number(isSet(a) && isSet(b)),
  or: (a: number, b: number) => Number(isSet(a) || isSet(b)),
  xor: (a: number, b: number) => Number(isSet(a) !== isSet(b)),
} as const;

/** Of a soft mask everything above a half counts as set. */
function isSet(value: number): boolean {
  return roundHalfToEven(value) !== 0;
}

/** `MaskComposite`: the source over a part of the destination, 0..1. */
export const maskComposite = defineNode({
  name: 'MaskComposite',
  inputs: {
    destination: link('MASK'),
    source: link('MASK'),
    ...PLACE,
    operation: choice(['multiply', 'add', 'subtract', 'and', 'or', 'xor']),
  },
  outputs: ['MASK'],
  run({ destination, source, x, y, operation }): [Mask] {
    const [n, height, width] = destination.shape;
    const [sources, rows, columns] = source.shape;
    const operate = OPERATIONS[operation];
    const data = destination.data.slice();
    for (let i = 0; i < n; i++) {
      for (let row = 0; row < Math.min(rows, height - y); row++) {
        for (let column = 0; column < Math.min(columns, width - x); column++) {
          const place = (i * height + y + row) * width + x + column;
          data[place] = operate(data[place]!, source.data[((i % sources) * rows + row) * columns + column]!);
        }
      }
    }
    return [{ data: data.map((value) => Math.min(Math.max(value, 0), 1)), shape: destination.shape }];
  },
});
