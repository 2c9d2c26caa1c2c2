/** `Canny`: the edges of a picture, for a ControlNet that was trained on such. */
import { canny } from '../../image/canny.ts';
import { link, number } from '../inputs.ts';
import { defineNode } from '../node.ts';

export const cannyNode = defineNode({
  name: 'Canny',
  inputs: {
    image: link('IMAGE'),
    low_threshold: number(0.01, 0.99, 0.4),
    high_threshold: number(0.01, 0.99, 0.8),
  },
  outputs: ['IMAGE'],
  run: ({ image, low_threshold, high_threshold }) => [canny(image, low_threshold, high_threshold)],
});
