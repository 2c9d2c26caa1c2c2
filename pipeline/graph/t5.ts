/** The encoder half of T5 v1.1 as a graph: `T5` of the official repository's other_impls.py. */
import type { Network, T5Geometry } from '../weights/geometry.ts';
import type { Compute } from './compute.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { GraphWeights, type Rows } from './graph-weights.ts';
import { softmaxAttention } from './softmax-attention.ts';

const NORM_EPSILON = 1e-6;
/** Elements of a matrix that are widened to float32 at a time: 64 MB; a whole matrix of T5-XXL would be 168 MB. */
const PIECE_ELEMENTS = 2 ** 24;
const BIAS_TABLE = 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight';

/**
 * Inputs: `ids` int64 [1, length]; `buckets` int64 [length, length], the relative-position bucket of each
 * (query, key). Output: `hidden` [1, length, hiddenSize], with the final norm; with `stopAt`, of the layer that far from
 * the end in place of the last (ComfyUI's `CLIPSetLastLayer`). No token is masked.
 * `pieceElements` decides the memory needed, not the result.
 * Taps: `relative_bias` [1, heads, length, length]; `layer0`, ... and `final_norm` [1, length, hiddenSize].
 */
export function emitT5(
  network: Network<T5Geometry>,
  options: {
    readonly taps?: readonly string[] | 'all';
    readonly pieceElements?: number;
    readonly stopAt?: number;
    readonly compute?: Compute;
  } = {},
): EmittedGraph {
  const { geometry } = network;
  const { pieceElements = PIECE_ELEMENTS, stopAt } = options;
  const { folder, files, locate } = commonFolder(network);
  const g = new GraphBuilder(options.taps, options.compute);
  const weights = new GraphWeights(g, network, locate);
  const { hiddenSize, heads, headSize, layers } = geometry;

  const shape = [1, 'length', hiddenSize];
  const sequence = (rows: Value, width: number) => g.node('Reshape', [rows, g.integers([1, -1, width])]);
  const asRows = (value: Value, width: number) => g.node('Reshape', [value, g.integers([-1, width])]);
  const norm = (x: Value, prefix: string) =>
    g.node('SimplifiedLayerNormalization', [x, weights.float(`${prefix}.weight`)], {
      axis: -1,
      epsilon: { float: NORM_EPSILON },
      stash_type: 1,
    });
  const linear = (x: Value, prefix: string) => {
    if (weights.isNarrow(prefix)) return weights.linear(x, prefix, { bias: false });
    const [outputs, inputs] = weights.shape(`${prefix}.weight`) as [number, number];
    // A patched matrix is made as a whole; to make it once a piece would only cost time.
    const pieces = weights.isPatched(prefix)
      ? 1
      : Math.min(outputs, Math.ceil((outputs * inputs) / pieceElements));
    const products = cutEvenly(outputs, pieces).map((rows) =>
      weights.linear(x, prefix, { bias: false, rows }),
    );
    return products.length === 1 ? products[0]! : g.node('Concat', products, { axis: 1 });
  };

  const ids = g.input('ids', 'int64', [1, 'length']);
  const buckets = g.input('buckets', 'int64', ['length', 'length']);
  const table = weights.table(weights.has('shared.weight') ? 'shared.weight' : 'encoder.embed_tokens.weight');
  let x = asRows(table.widened(g.node('Gather', [table.value, ids])), hiddenSize);

  const biasByPair = g.node('Gather', [weights.float(BIAS_TABLE), buckets]);
  const bias = g.node('Unsqueeze', [g.node('Transpose', [biasByPair], { perm: [2, 0, 1] }), g.integers([0])]);
  g.tap('relative_bias', bias, [1, heads, 'length', 'length']);

  /** Unscaled attention (T5 folds 1/sqrt(headSize) into its weights) with block 0's bias, whichever the block. */
  const attention = (rows: Value, prefix: string) => {
    const width = heads * headSize;
    const [q, k, v] = (['q', 'k', 'v'] as const).map((part) =>
      sequence(linear(rows, `${prefix}.${part}`), width),
    );
    const mixed = softmaxAttention(g, [q!, k!, v!], { heads, headSize, scale: 1, bias });
    return linear(asRows(mixed, width), `${prefix}.o`);
  };

  const feedForward = (rows: Value, prefix: string) => {
    const gate = g.node('Gelu', [linear(rows, `${prefix}.wi_0`)], { approximate: 'tanh' });
    return linear(g.node('Mul', [gate, linear(rows, `${prefix}.wi_1`)]), `${prefix}.wo`);
  };

  const needed = stopAt !== undefined && -stopAt <= layers ? layers + stopAt + 1 : layers;
  for (let layer = 0; layer < needed; layer++) {
    const prefix = `encoder.block.${layer}.layer`;
    const attended = attention(norm(x, `${prefix}.0.layer_norm`), `${prefix}.0.SelfAttention`);
    x = g.node('Add', [x, attended]);
    const fed = feedForward(norm(x, `${prefix}.1.layer_norm`), `${prefix}.1.DenseReluDense`);
    x = g.node('Add', [x, fed]);
    const output = x;
    g.tapMade(`layer${layer}`, () => sequence(output, hiddenSize), shape);
  }

  const hidden = sequence(norm(x, 'encoder.final_layer_norm'), hiddenSize);
  g.tap('final_norm', hidden, shape);
  g.output('hidden', hidden, shape);
  return { model: g.finish(), folder, files };
}

function cutEvenly(length: number, count: number): Rows[] {
  const border = (i: number) => Math.floor((i * length) / count);
  return Array.from({ length: count }, (_, i) => ({ from: border(i), to: border(i + 1) }));
}
