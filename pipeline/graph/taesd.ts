/** TAESD3's decoder as a graph: `Decoder` of taesd.py. */
import type { Network } from '../weights/geometry.ts';
import type { TaesdGeometry } from '../weights/networks/taesd.ts';
import type { Compute } from './compute.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';

/** Beyond three the latent is pressed together: tanh(x / 3) * 3. */
const CLAMP = 3;

/**
 * Input: `latent` [1, channels, h, w] in model space. Output: `image` [1, 3, 8h, 8w] of about 0..1. The layers tell
 * where the picture grows: before each convolution without bias.
 */
export function emitTaesd(
  network: Network<TaesdGeometry>,
  options: { readonly compute?: Compute } = {},
): EmittedGraph {
  const { geometry } = network;
  const { folder, files, locate } = commonFolder(network);
  const g = new GraphBuilder([], options.compute);
  const weights = new GraphWeights(g, network, locate);
  const conv = (x: Value, name: string, side = 3, bias = true) =>
    g.node('Conv', [x, weights.float(`${name}.weight`), ...(bias ? [weights.float(`${name}.bias`)] : [])], {
      kernel_shape: [side, side],
      pads: Array(4).fill((side - 1) / 2),
    });
  const relu = (x: Value) => g.node('Relu', [x]);

  const latent = g.input('latent', 'float', [1, geometry.latentChannels, 'height', 'width']);
  const pressed = g.node('Tanh', [g.node('Mul', [latent, g.floats([1 / CLAMP])])]);
  let x = g.node('Mul', [pressed, g.floats([CLAMP])]);
  for (const [i, layer] of geometry.layers.entries()) {
    if (layer.kind === 'block') {
      const inner = relu(conv(relu(conv(x, `${layer.name}.conv.0`)), `${layer.name}.conv.2`));
      const past = layer.skip ? conv(x, `${layer.name}.skip`, 1, false) : x;
      x = relu(g.node('Add', [conv(inner, `${layer.name}.conv.4`), past]));
      continue;
    }
    if (!layer.bias)
      x = g.node('Resize', [x, undefined, g.floats([1, 1, 2, 2], [4])], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      });
    x = conv(x, layer.name, 3, layer.bias);
    if (i === 0) x = relu(x);
  }
  g.output('image', x, [1, 3, 'pictureHeight', 'pictureWidth']);
  return { model: g.finish(), folder, files };
}
