/** What the graphs of the VAE's decoder and encoder have in common: where they begin and how they end. */
import type { Network, VaeGeometry } from '../weights/geometry.ts';
import type { Compute } from './compute.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import type { FeatureMap } from './feature-map.ts';
import { GraphBuilder } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';
import { VaeBlocks } from './vae-blocks.ts';

/** Model-space latent = (VAE latent - shift) * scale (SD3LatentFormat). */
export const LATENT_SCALE = 1.5305;
export const LATENT_SHIFT = 0.0609;

export interface VaeGraphOptions {
  /** Latent pixels. */
  readonly height: number;
  readonly width: number;
  readonly taps?: readonly string[] | 'all';
  /** Pixels in a strip of the larger activations; the result does not depend on it. */
  readonly stripPixels?: number;
  readonly compute?: Compute;
}

type Size = Pick<FeatureMap, 'channels' | 'height' | 'width'>;

export interface VaeGraph {
  readonly builder: GraphBuilder;
  readonly blocks: VaeBlocks;
  readonly latent: Size;
  readonly picture: Size;
  /** The graph as it was built until now. */
  finish(): EmittedGraph;
}

export function openVaeGraph(
  network: Network<VaeGeometry>,
  { height, width, taps, stripPixels, compute }: VaeGraphOptions,
): VaeGraph {
  const { geometry } = network;
  const { folder, files, locate } = commonFolder(network);
  const builder = new GraphBuilder(taps, compute);
  const weights = new GraphWeights(builder, network, locate);
  const enlargement = 2 ** (geometry.multipliers.length - 1);
  const picture = { channels: 3, height: height * enlargement, width: width * enlargement };
  const strips = stripPixels ?? usualStripPixels(picture.height * picture.width);
  return {
    builder,
    blocks: new VaeBlocks(builder, weights, geometry.groupNormGroups, strips),
    latent: { channels: geometry.latentChannels, height, width },
    picture,
    finish: () => ({ model: builder.finish(), folder, files }),
  };
}

/**
 * How many pixels a strip has in a picture of so many: 16,384, or a 32nd of a larger picture. Smaller strips need
 * a little less memory, and more nodes in the graph.
 */
function usualStripPixels(picturePixels: number): number {
  return Math.max(16384, picturePixels / 32);
}
