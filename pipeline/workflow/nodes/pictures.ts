/** Nodes that put pictures together and give them borders. */
import { elements } from '../../float-tensor.ts';
import { commonUpscale } from '../../image/resize/common-upscale.ts';
import { link, whole } from '../inputs.ts';
import { requireSize } from '../limits.ts';
import { defineNode } from '../node.ts';

const LARGEST_SIDE = 16384;

export const imageInvert = defineNode({
  name: 'ImageInvert',
  inputs: { image: link('IMAGE') },
  outputs: ['IMAGE'],
  run: ({ image: { data, shape } }) => [{ data: data.map((value) => 1 - value), shape }],
});

/** `ImageBatch`: the second pictures in the size of the first. */
export const imageBatch = defineNode({
  name: 'ImageBatch',
  inputs: { image1: link('IMAGE'), image2: link('IMAGE') },
  outputs: ['IMAGE'],
  run({ image1, image2 }) {
    const [count1 = 0, channels = 0, height = 0, width = 0] = image1.shape;
    const [count2 = 0, , ...sides] = image2.shape;
    requireSize(width, height, count1 + count2);
    const fits = sides[0] === height && sides[1] === width;
    const second = fits ? image2 : commonUpscale(image2, width, height, 'bilinear', 'center');
    const data = new Float32Array(image1.data.length + second.data.length);
    data.set(image1.data);
    data.set(second.data, image1.data.length);
    return [{ data, shape: [count1 + count2, channels, height, width] }];
  },
});

/** `ImagePadForOutpaint`: grey borders, and a mask of them that fades into the picture. */
export const imagePadForOutpaint = defineNode({
  name: 'ImagePadForOutpaint',
  inputs: {
    image: link('IMAGE'),
    left: whole(0, LARGEST_SIDE, 0),
    top: whole(0, LARGEST_SIDE, 0),
    right: whole(0, LARGEST_SIDE, 0),
    bottom: whole(0, LARGEST_SIDE, 0),
    feathering: whole(0, LARGEST_SIDE, 40),
  },
  outputs: ['IMAGE', 'MASK'],
  run({ image, left, top, right, bottom, feathering }) {
    const [n, channels, height, width] = image.shape as [number, number, number, number];
    const [newHeight, newWidth] = [height + top + bottom, width + left + right];
    requireSize(newWidth, newHeight, n);
    const shape = [n, channels, newHeight, newWidth];
    const padded = new Float32Array(elements(shape)).fill(0.5);
    for (let row = 0; row < n * channels * height; row++) {
      const plane = Math.floor(row / height);
      const to = (plane * newHeight + top + (row % height)) * newWidth + left;
      padded.set(image.data.subarray(row * width, (row + 1) * width), to);
    }
    const mask = new Float32Array(newHeight * newWidth).fill(1);
    const fades = feathering > 0 && feathering * 2 < Math.min(height, width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const nearest = Math.min(
          top === 0 ? height : y,
          bottom === 0 ? height : height - y,
          left === 0 ? width : x,
          right === 0 ? width : width - x,
        );
        const share = fades && nearest < feathering ? (feathering - nearest) / feathering : 0;
        mask[(top + y) * newWidth + left + x] = share * share;
      }
    }
    return [
      { data: padded, shape },
      { data: mask, shape: [1, newHeight, newWidth] },
    ];
  },
});
