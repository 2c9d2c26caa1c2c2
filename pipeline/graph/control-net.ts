/** ControlNets of SD3 and SD3.5 as a graph: what is added to the transformer's image tokens behind its blocks. */
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import type { ControlNetGeometry } from '../weights/networks/control-net.ts';
import type { Compute } from './compute.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';
import { imageBlock, jointBlock, type Streams } from './joint-block.ts';
import {
  conditioningVector,
  controlName,
  embedPatches,
  embedText,
  embedVector,
  patchTokens,
} from './mmdit.ts';
import { BATCH, MmditGraph } from './mmdit-graph.ts';

export interface ControlNetOptions {
  /** The model that is guided: its embedders serve where the ControlNet has none. */
  readonly model: Network<MmditGeometry>;
  readonly compute?: Compute;
}

/**
 * Inputs: `x`, `hint` [B, channels, H, W] in model space (of the old form the hint without the shift); `t_freq`; `y`;
 * `strength` [1]; of the old form `context`, `pos_start`, `pos_end` as the transformer's; of SD3.5's that is not
 * double `positions` [1, tokens, hidden]. Outputs: `control.0`, ... [B, tokens, hidden], times the strength.
 *
 * Source: ComfyUI's `comfy/cldm/mmdit.py` and `dit_embedder.py`.
 */
export function emitControlNet(
  network: Network<ControlNetGeometry>,
  { model, compute }: ControlNetOptions,
): EmittedGraph {
  const { geometry } = network;
  const { folder, files, locate } = commonFolder(network, model);
  const builder = new GraphBuilder([], compute);
  const channels = geometry.latentChannels;
  const x = builder.input('x', 'float', [BATCH, channels, 'height', 'width']);
  const hint = builder.input('hint', 'float', [BATCH, channels, 'height', 'width']);
  const strength = builder.input('strength', 'float', [1]);
  const own = new MmditGraph(
    builder,
    new GraphWeights(builder, network, locate),
    // No block of it is the last one of a transformer, which lacks a text output.
    { ...geometry, depth: geometry.blocks + 1 },
    x,
  );
  const lent = new MmditGraph(builder, new GraphWeights(builder, model, locate), model.geometry, x);
  const seen = (tokens: Value) => own.add(tokens, patchTokens(own, hint, 'pos_embed_input.proj'));
  const put = (block: number, tokens: Value) => {
    const out = own.wide(own.linear(own.narrow(tokens), 'image', `controlnet_blocks.${block}`));
    builder.output(controlName(block), own.multiply(out, strength), [BATCH, 'image', geometry.hiddenSize]);
  };

  if (geometry.form === 'sd3') {
    const context = builder.input('context', 'float', [BATCH, 'text', geometry.contextWidth]);
    const vector = conditioningVector(own);
    const textLength = builder.node('Shape', [context], { start: 1, end: 2 });
    let streams: Streams = {
      image: seen(embedPatches(own, x).patches),
      text: embedText(own, context),
    };
    for (let block = 0; block < geometry.blocks; block++) {
      streams = jointBlock(own, block, streams, { vector, textLength });
      put(block, streams.image);
    }
    return { model: builder.finish(), folder, files };
  }

  const isDouble = geometry.form === 'sd3.5 double';
  const width = isDouble ? model.geometry.pooledWidth : geometry.pooledWidth;
  const pooled = builder.input('y', 'float', [BATCH, width]);
  const vector = conditioningVector(own, isDouble ? embedVector(lent, pooled, 'y_embedder') : pooled);
  let tokens = patchTokens(geometry.embedsPatches && isDouble ? own : lent, x, 'x_embedder.proj');
  if (!isDouble)
    tokens = own.add(tokens, builder.input('positions', 'float', [1, 'image', geometry.hiddenSize]));
  tokens = seen(tokens);
  for (let block = 0; block < geometry.blocks; block++) {
    const out = imageBlock(own, `transformer_blocks.${block}`, tokens, vector);
    put(block, out);
    if (!isDouble) tokens = out;
  }
  return { model: builder.finish(), folder, files };
}
