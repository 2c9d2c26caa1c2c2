/** The VAE's decoder as a graph: latent to picture (VAEDecoder of the official repository's sd3_impls.py). */
import type { Network, VaeGeometry } from '../weights/geometry.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { allRows, type FeatureMap } from './feature-map.ts';
import { GraphBuilder } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';
import {
  LATENT_SCALE,
  LATENT_SHIFT,
  usualStripPixels,
  VaeBlocks,
  type VaeGraphOptions,
} from './vae-blocks.ts';

/**
 * Input `latent` [1, latentChannels, height, width] in model space; output `image` [1, 3, 8 height, 8 width]
 * (for four levels) of about -1..1, not clamped.
 * Taps: `vae_in` and, named as in the checkpoint, `conv_in`, `mid_block_1`, `mid_attn`, `mid_block_2`, `upN_blockM`,
 * `before_norm_out`.
 */
export function emitVaeDecoder(network: Network<VaeGeometry>, options: VaeGraphOptions): EmittedGraph {
  const { geometry, tensors } = network;
  const { folder, files, locate } = commonFolder(tensors);
  const g = new GraphBuilder(options.taps);
  const weights = new GraphWeights(g, tensors, locate);
  const { height, width } = options;
  const picturePixels = height * width * 4 ** (geometry.multipliers.length - 1);
  const { stripPixels = usualStripPixels(picturePixels) } = options;
  const blocks = new VaeBlocks(g, weights, geometry.groupNormGroups, stripPixels);
  const tap = (name: string, map: FeatureMap) => {
    g.tapMade(name, () => allRows(map), [1, map.channels, map.height, map.width]);
    return map;
  };

  const size = { channels: geometry.latentChannels, height, width };
  const latent = g.input('latent', 'float', [1, geometry.latentChannels, height, width]);
  const unscaled = g.node('Add', [
    g.node('Div', [latent, g.floats([LATENT_SCALE])]),
    g.floats([LATENT_SHIFT]),
  ]);
  g.tap('vae_in', unscaled, [1, geometry.latentChannels, height, width]);
  let x = tap('conv_in', blocks.convolve(blocks.whole(unscaled, size), 'decoder.conv_in'));
  x = tap('mid_block_1', blocks.residual(x, 'decoder.mid.block_1'));
  x = tap('mid_attn', blocks.attention(x, 'decoder.mid.attn_1'));
  x = tap('mid_block_2', blocks.residual(x, 'decoder.mid.block_2'));
  for (let level = geometry.multipliers.length - 1; level >= 0; level--) {
    const prefix = `decoder.up.${level}`;
    for (let block = 0; block <= geometry.resBlocks; block++) {
      x = tap(`up${level}_block${block}`, blocks.residual(x, `${prefix}.block.${block}`));
    }
    if (level > 0) x = blocks.upsample(x, `${prefix}.upsample`);
  }
  tap('before_norm_out', x);
  const image = blocks.readOut(x, 'decoder');
  g.output('image', allRows(image), [1, image.channels, image.height, image.width]);
  return { model: g.finish(), folder, files };
}
