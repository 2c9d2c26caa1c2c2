/** `SetLatentNoiseMask`: only where the mask is 1 is the latent painted anew. */
import { link } from '../inputs.ts';
import { defineNode } from '../node.ts';

export const setLatentNoiseMask = defineNode({
  name: 'SetLatentNoiseMask',
  inputs: { samples: link('LATENT'), mask: link('MASK') },
  outputs: ['LATENT'],
  run: ({ samples, mask }) => [samples.with({ noiseMask: mask })],
});
