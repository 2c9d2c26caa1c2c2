/** `Canny`: edges of a picture, for a ControlNet of lines. */
import { cannyEdges } from '../../image/canny.ts';
import { link, number } from '../inputs.ts';
import { defineNode } from '../node.ts';

const THRESHOLD = { min: 0.01, max: 0.99 } as const;

export const canny = defineNode({
  name: 'Canny',
  inputs: {
    image: link('IMAGE'),
    low_threshold: number(THRESHOLD.min, THRESHOLD.max, 0.4),
    high_threshold: number(THRESHOLD.min, THRESHOLD.max, 0.8),
  },
  outputs: ['IMAGE'],
  run: ({ image, low_threshold: low, high_threshold: high }) => [cannyEdges(image, { low, high })],
});
