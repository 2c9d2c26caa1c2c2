/** The VAE's decoder as a graph: latent to picture (VAEDecoder of the official repository's sd3_impls.py). */
import type { Network, VaeGeometry } from '../weights/geometry.ts';
import type { EmittedGraph } from './emitted-graph.ts';
import { allRows, type FeatureMap } from './feature-map.ts';
import { LATENT_SCALE, LATENT_SHIFT, openVaeGraph, type VaeGraphOptions } from './vae-graph.ts';

/**
 * Input `latent` [1, latentChannels, height, width] in model space; output `image` [1, 3, 8 height, 8 width]
 * (for four levels) of about -1..1, not clamped.
 * Taps: `vae_in` and, named as in the checkpoint, `conv_in`, `mid_block_1`, `mid_attn`, `mid_block_2`, `upN_blockM`,
 * `before_norm_out`.
 */
export function emitVaeDecoder(network: Network<VaeGeometry>, options: VaeGraphOptions): EmittedGraph {
  const { geometry } = network;
  const { builder: g, blocks, latent: size, finish } = openVaeGraph(network, options);
  const tap = (name: string, map: FeatureMap) => {
    g.tapMade(name, () => allRows(map), [1, map.channels, map.height, map.width]);
    return map;
  };

  const shape = [1, size.channels, size.height, size.width];
  const latent = g.input('latent', 'float', shape);
  const unscaled = g.node('Add', [
    g.node('Div', [latent, g.floats([LATENT_SCALE])]),
    g.floats([LATENT_SHIFT]),
  ]);
  g.tap('vae_in', unscaled, shape);
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
  return finish();
}
