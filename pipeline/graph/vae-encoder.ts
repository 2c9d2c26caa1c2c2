/** The VAE's encoder as a graph: picture to latent (VAEEncoder of the official repository's sd3_impls.py). */
import type { Network, VaeGeometry } from '../weights/geometry.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { allRows } from './feature-map.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';
import {
  LATENT_SCALE,
  LATENT_SHIFT,
  usualStripPixels,
  VaeBlocks,
  type VaeGraphOptions,
} from './vae-blocks.ts';

/**
 * `height` and `width` are the latent's. Input `image` [1, 3, 8 height, 8 width] (for four levels) in -1..1;
 * output `latent` [1, latentChannels, height, width] in model space, from the mean (as ComfyUI; the official
 * code adds noise). Taps: `moments` (mean and log variance), `mean`, `logvar_clamped`.
 */
export function emitVaeEncoder(network: Network<VaeGeometry>, options: VaeGraphOptions): EmittedGraph {
  const { geometry, tensors } = network;
  const { folder, files, locate } = commonFolder(tensors);
  const g = new GraphBuilder(options.taps);
  const weights = new GraphWeights(g, tensors, locate);
  const levels = geometry.multipliers.length;
  const size = {
    channels: 3,
    height: options.height * 2 ** (levels - 1),
    width: options.width * 2 ** (levels - 1),
  };

  const { stripPixels = usualStripPixels(size.height * size.width) } = options;
  const blocks = new VaeBlocks(g, weights, geometry.groupNormGroups, stripPixels);

  const input = g.input('image', 'float', [1, size.channels, size.height, size.width]);
  let x = blocks.convolve(blocks.whole(input, size), 'encoder.conv_in');
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

  const { latentChannels } = geometry;
  const moments = allRows(blocks.readOut(x, 'encoder'));
  const latentShape = [1, latentChannels, options.height, options.width];
  const [mean, logvar] = g.nodeWithOutputs(2, 'Split', [moments], { axis: 1, num_outputs: 2 }) as [
    Value,
    Value,
  ];
  g.tap('moments', moments, [1, 2 * latentChannels, options.height, options.width]);
  g.tap('mean', mean, latentShape);
  g.tapMade('logvar_clamped', () => g.node('Clip', [logvar, g.floats([-30]), g.floats([20])]), latentShape);
  const shifted = g.node('Sub', [mean, g.floats([LATENT_SHIFT])]);
  g.output('latent', g.node('Mul', [shifted, g.floats([LATENT_SCALE])]), latentShape);
  return { model: g.finish(), folder, files };
}
