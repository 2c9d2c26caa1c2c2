/** The VAE's encoder as a graph: picture to latent (VAEEncoder of the official repository's sd3_impls.py). */
import type { Network, VaeGeometry } from '../weights/geometry.ts';
import type { EmittedGraph } from './emitted-graph.ts';
import { allRows } from './feature-map.ts';
import type { Value } from './graph-builder.ts';
import { LATENT_SCALE, LATENT_SHIFT, openVaeGraph, type VaeGraphOptions } from './vae-graph.ts';

/**
 * `height` and `width` are the latent's. Input `image` [1, 3, 8 height, 8 width] (for four levels) in -1..1;
 * output `latent` [1, latentChannels, height, width] in model space, from the mean (as ComfyUI; the official
 * code adds noise). Taps: `moments` (mean and log variance), `mean`, `logvar_clamped`.
 */
export function emitVaeEncoder(network: Network<VaeGeometry>, options: VaeGraphOptions): EmittedGraph {
  const { geometry } = network;
  const { builder: g, blocks, latent, picture, finish } = openVaeGraph(network, options);
  const levels = geometry.multipliers.length;

  const input = g.input('image', 'float', [1, picture.channels, picture.height, picture.width]);
  let x = blocks.convolve(blocks.whole(input, picture), 'encoder.conv_in');
  for (let level = 0; level < levels; level++) {
    const prefix = `encoder.down.${level}`;
    for (let block = 0; block < geometry.resBlocks; block++) {
      x = blocks.residual(x, `${prefix}.block.${block}`);
    }
    if (level < levels - 1) x = blocks.downsample(x, `${prefix}.downsample`);
  }
  x = blocks.residual(x, 'encoder.mid.block_1');
  x = blocks.attention(x, 'encoder.mid.attn_1');
  x = blocks.residual(x, 'encoder.mid.block_2');

  const moments = allRows(blocks.readOut(x, 'encoder'));
  const latentShape = [1, latent.channels, latent.height, latent.width];
  const [mean, logvar] = g.nodeWithOutputs(2, 'Split', [moments], { axis: 1, num_outputs: 2 }) as [
    Value,
    Value,
  ];
  g.tap('moments', moments, [1, 2 * latent.channels, latent.height, latent.width]);
  g.tap('mean', mean, latentShape);
  g.tapMade('logvar_clamped', () => g.node('Clip', [logvar, g.floats([-30]), g.floats([20])]), latentShape);
  const shifted = g.node('Sub', [mean, g.floats([LATENT_SHIFT])]);
  g.output('latent', g.node('Mul', [shifted, g.floats([LATENT_SCALE])]), latentShape);
  return finish();
}
