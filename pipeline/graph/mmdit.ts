/**
 * The diffusion transformer of SD3.5 as a graph: MMDiT (Large) and, with second attentions, MMDiT-X (Medium).
 * Reproduces `MMDiTX.forward` of the official repository, in the arithmetic that `compute` names.
 */
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import type { StoredTensors } from '../weights/stored-tensor.ts';
import type { Compute } from './compute.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';
import { jointBlock, type Streams } from './joint-block.ts';
import { BATCH, MmditGraph } from './mmdit-graph.ts';
import { modulatedNorm, plainModulation } from './modulation.ts';

/** Name of an output of a ControlNet, and of the transformer's input that takes it. */
export function controlName(which: number): string {
  return `control.${which}`;
}

export interface MmditOptions {
  /** Joint blocks to leave out whole (skip-layer guidance). */
  readonly skipBlocks?: readonly number[];
  /** Which of the inputs `control.0`, ... [B, tokens, hidden] is added to the image tokens behind each block. */
  readonly control?: readonly (number | null)[];
  /** Inner values to make outputs, for tests; named as the reference data names them. */
  readonly taps?: readonly string[] | 'all';
  readonly compute?: Compute;
}

/**
 * The graph of one network, for any picture size, batch and prompt length. Inputs (see `mmdit-inputs.ts`):
 * `x` [B, channels, H, W] · `t_freq` [B, frequencies] · `context` [B, T, contextWidth] · `y` [B, pooledWidth] ·
 * `pos_start`, `pos_end` int64 [2], the crop of the position table, or, where the file has none, `positions`
 * [1, patches, hiddenSize]. Output: `velocity` [B, channels, H, W].
 */
export function emitMmdit(network: Network<MmditGeometry>, options: MmditOptions = {}): EmittedGraph {
  const { tensors, geometry } = network;
  const { folder, files, locate } = commonFolder(network);
  const builder = new GraphBuilder(options.taps, options.compute);
  const weights = new GraphWeights(builder, network, locate);
  const channels = geometry.latentChannels;
  const x = builder.input('x', 'float', [BATCH, channels, 'height', 'width']);
  const context = builder.input('context', 'float', [BATCH, 'text', geometry.contextWidth]);
  const net = new MmditGraph(builder, weights, geometry, x);

  const vector = conditioningVector(net);
  const textLength = builder.node('Shape', [context], { start: 1, end: 2 });
  const { patches, grid } = embedPatches(net, x);
  let streams: Streams = { image: patches, text: embedText(net, context) };
  net.tap('context_emb', streams.text, 3);
  const all = Array.from({ length: geometry.depth }, (_, index) => index);
  const blocks = all.filter((index) => !options.skipBlocks?.includes(index));
  const parts = ['final_layer.', ...blocks.map((index) => `joint_blocks.${index}.`)];
  weights.prepareBiases(layersOf(tensors, parts));
  const control = new Map<number, Value>();
  for (const index of all) {
    if (blocks.includes(index)) streams = jointBlock(net, index, streams, { vector, textLength });
    const which = options.control?.[index] ?? undefined;
    if (which === undefined) continue;
    const side = [BATCH, 'image', geometry.hiddenSize];
    const added = control.get(which) ?? builder.input(controlName(which), 'float', side);
    control.set(which, added);
    streams = { ...streams, image: net.add(streams.image, added) };
  }
  const velocity = unpatchify(net, finalLayer(net, streams.image, vector), grid, x);
  builder.output('velocity', velocity, [BATCH, channels, 'height', 'width']);
  return { model: builder.finish(), folder, files };
}

/** The text's tokens [B, T, contextWidth] as the stream of text [B, T, hidden]. */
export function embedText(net: MmditGraph, context: Value): Value {
  return net.wide(net.linear(net.narrow(context), 'text', 'context_embedder'));
}

/** Every layer with a bias in the parts of the network that the prefixes name. */
function layersOf(tensors: StoredTensors, prefixes: readonly string[]): string[] {
  const ending = '.bias';
  return [...tensors.keys()]
    .filter((name) => name.endsWith(ending) && prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => name.slice(0, -ending.length));
}

/**
 * SiLU(t_emb + y_emb) [B, hidden]: every adaLN layer begins with this SiLU, so it is taken once.
 * @param pooled the pooled text [B, pooledWidth], the graph's input `y` where none is given
 */
export function conditioningVector(net: MmditGraph, pooled?: Value): Value {
  const frequencies = net.weights.shape('t_embedder.mlp.0.weight')[1]!;
  const time = net.builder.input('t_freq', 'float', [BATCH, frequencies]);
  const timeEmbedding = embedVector(net, time, 't_embedder');
  const y = pooled ?? net.builder.input('y', 'float', [BATCH, net.geometry.pooledWidth]);
  const pooledEmbedding = embedVector(net, y, 'y_embedder');
  net.tap('t_emb', timeEmbedding, 2);
  net.tap('y_emb', pooledEmbedding, 2);
  return net.silu(net.add(timeEmbedding, pooledEmbedding));
}

/** Linear, SiLU, Linear (the reference's `TimestepEmbedder.mlp` and `VectorEmbedder`). */
export function embedVector(net: MmditGraph, vector: Value, prefix: string): Value {
  return net.linearOnVector(net.silu(net.linearOnVector(vector, `${prefix}.mlp.0`)), `${prefix}.mlp.2`);
}

/** A latent's patches as tokens [B, h * w, hidden]. */
export function patchTokens(net: MmditGraph, x: Value, prefix: string): Value {
  return asTokens(net, convolvedPatches(net, x, prefix));
}

function convolvedPatches({ builder, weights, geometry }: MmditGraph, x: Value, prefix: string): Value {
  const { patchSize } = geometry;
  return builder.node('Conv', [x, weights.float(`${prefix}.weight`), weights.float(`${prefix}.bias`)], {
    kernel_shape: [patchSize, patchSize],
    strides: [patchSize, patchSize],
  });
}

function asTokens(net: MmditGraph, convolved: Value): Value {
  const { builder, geometry } = net;
  const flat = builder.node('Reshape', [convolved, builder.integers([0, geometry.hiddenSize, -1])]);
  const tokens = builder.node('Transpose', [flat], { perm: [0, 2, 1] });
  return net.shapedTokens(tokens, 'image', geometry.hiddenSize);
}

/** Patches as tokens [B, h * w, hidden] with their positions added, and the grid h, w (int64 [2]). */
export function embedPatches(net: MmditGraph, x: Value): { patches: Value; grid: Value } {
  const { builder, geometry } = net;
  const { hiddenSize } = geometry;
  const convolved = convolvedPatches(net, x, 'x_embedder.proj');
  const grid = builder.node('Shape', [convolved], { start: 2, end: 4 });
  const tokens = asTokens(net, convolved);
  net.tap('x_patch', tokens, 3);

  const positions = geometry.positionsComputed
    ? builder.input('positions', 'float', [1, 'image', hiddenSize])
    : cutPositions(net);
  net.tap('pos_embed_cropped', positions, 3);
  return { patches: net.add(tokens, positions), grid };
}

/** Cut out of the stored table before it is widened: only the rows of this picture are ever read. */
function cutPositions(net: MmditGraph): Value {
  const { builder, weights, geometry } = net;
  const { hiddenSize, posEmbedMaxSize: side } = geometry;
  const table = weights.table('pos_embed', [side, side, hiddenSize]);
  const start = builder.input('pos_start', 'int64', [2]);
  const end = builder.input('pos_end', 'int64', [2]);
  const crop = table.widened(net.slice(table.value, start, end, [0, 1]));
  const positions = builder.node('Reshape', [crop, builder.integers([1, -1, hiddenSize])]);
  return builder.shaped(positions, [1, 'image', hiddenSize]);
}

/** The reference's `FinalLayer`: tokens [B, h * w, hidden] -> [B, h * w, patch * patch * channels]. */
function finalLayer(net: MmditGraph, image: Value, vector: Value): Value {
  const modulated = modulatedNorm(net, image, plainModulation(net, vector, 'final_layer'));
  const tokens = net.wide(net.linear(modulated, 'image', 'final_layer.linear'));
  net.tap('final_tokens', tokens, 3);
  return tokens;
}

/** Tokens whose features are (row in patch, column in patch, channel) to the latent's shape, that of `x`. */
function unpatchify(net: MmditGraph, tokens: Value, grid: Value, x: Value): Value {
  const { builder, geometry } = net;
  const { patchSize: p, latentChannels: channels } = geometry;
  const shape = net.concat([builder.integers([-1]), grid, builder.integers([p, p, channels])], 0);
  const patches = builder.node('Reshape', [tokens, shape]);
  const interleaved = builder.node('Transpose', [patches], { perm: [0, 5, 1, 3, 2, 4] });
  return builder.node('Reshape', [interleaved, builder.node('Shape', [x])]);
}
