/** The CLIP text transformers (CLIP-L, CLIP-G) as a graph: `CLIPTextModel` of the official repository's other_impls.py. */
import type { ClipGeometry, Network } from '../weights/geometry.ts';
import type { Compute } from './compute.ts';
import { commonFolder, type EmittedGraph } from './emitted-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { GraphWeights } from './graph-weights.ts';
import { softmaxAttention } from './softmax-attention.ts';

const NORM_EPSILON = 1e-5;
/** The layer whose output Stable Diffusion 3 takes, counted from the end. */
const USUAL = -2;

/**
 * Inputs: `ids` int64 [n, positions]; `end` int64 [n, 1], the place of each row's first end token.
 * Outputs: `hidden` [n, positions, hiddenSize], what the layer `stopAt` from the end gives, without a norm (where there
 * are not so many layers, the usual one: ComfyUI's second `set_clip_options` takes the first one back); `pooled`
 * [n, hiddenSize], what the last layer gives at `end`, with the final norm (CLIP-G: times text_projection).
 * Taps: `layer0`, `layer1`, ... and `final_norm`, all [n, positions, hiddenSize].
 */
export function emitClip(
  network: Network<ClipGeometry>,
  options: {
    readonly taps?: readonly string[] | 'all';
    readonly stopAt?: number;
    readonly compute?: Compute;
  } = {},
): EmittedGraph {
  const { geometry } = network;
  const { stopAt = USUAL } = options;
  const { folder, files, locate } = commonFolder(network);
  const g = new GraphBuilder(options.taps, options.compute);
  const weights = new GraphWeights(g, network, locate);
  const { hiddenSize, positions, layers } = geometry;

  const shape = ['n', positions, hiddenSize];
  const chunks = (rows: Value) => g.node('Reshape', [rows, g.integers([-1, positions, hiddenSize])]);
  const asRows = (value: Value) => g.node('Reshape', [value, g.integers([-1, hiddenSize])]);
  const norm = (x: Value, prefix: string) =>
    g.node('LayerNormalization', [x, weights.float(`${prefix}.weight`), weights.float(`${prefix}.bias`)], {
      axis: -1,
      epsilon: { float: NORM_EPSILON },
    });

  /** Causal self-attention of rows [n * positions, hiddenSize]. */
  const attention = (x: Value, prefix: string) => {
    const [q, k, v] = (['q', 'k', 'v'] as const).map((part) =>
      chunks(weights.linear(x, `${prefix}.${part}_proj`)),
    );
    const { heads } = geometry;
    const mixed = softmaxAttention(g, [q!, k!, v!], { heads, headSize: hiddenSize / heads, causal: true });
    return weights.linear(asRows(mixed), `${prefix}.out_proj`);
  };

  const activation = (x: Value) =>
    geometry.activation === 'quick_gelu'
      ? g.microsoft('QuickGelu', [x], { alpha: { float: 1.702 } })
      : g.node('Gelu', [x]);

  const ids = g.input('ids', 'int64', ['n', positions]);
  const end = g.input('end', 'int64', ['n', 1]);
  const table = weights.table('text_model.embeddings.token_embedding.weight');
  const tokens = table.widened(g.node('Gather', [table.value, ids]));
  let x = asRows(g.node('Add', [tokens, weights.float('text_model.embeddings.position_embedding.weight')]));

  const taken = layers + (-stopAt > layers ? USUAL : stopAt);
  let hidden = x;
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `text_model.encoder.layers.${layer}`;
    x = g.node('Add', [x, attention(norm(x, `${prefix}.layer_norm1`), `${prefix}.self_attn`)]);
    const inner = activation(weights.linear(norm(x, `${prefix}.layer_norm2`), `${prefix}.mlp.fc1`));
    x = g.node('Add', [x, weights.linear(inner, `${prefix}.mlp.fc2`)]);
    const output = x;
    g.tapMade(`layer${layer}`, () => chunks(output), shape);
    if (layer === taken) hidden = x;
  }

  const normed = chunks(norm(x, 'text_model.final_layer_norm'));
  g.tap('final_norm', normed, shape);
  const atEnd = g.node('GatherND', [normed, end], { batch_dims: 1 });
  const pooled = geometry.projected ? weights.linear(atEnd, 'text_projection', { bias: false }) : atEnd;
  g.output('hidden', chunks(hidden), shape);
  g.output('pooled', pooled, ['n', hiddenSize]);
  return { model: g.finish(), folder, files };
}
