/** Self-attention of the diffusion transformer: q, k, v of one stream, and attention over one or both streams. */
import type { Value } from './graph-builder.ts';
import { type MmditGraph, NORM_EPSILON, rowsOf, type Stream } from './mmdit-graph.ts';

/** Queries, keys and values [B, tokens, hidden], heads side by side along `hidden`. */
export interface Projections {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/**
 * The reference's `SelfAttention.pre_attention` for x [batch, tokens, hidden]: the fused qkv layer, cut into q,
 * k, v, and an rms norm a head on q and k.
 */
export function projectQkv(net: MmditGraph, x: Value, stream: Stream, prefix: string): Projections {
  const { heads, hiddenSize } = net.geometry;
  const headSize = hiddenSize / heads;
  const fused = net.linearOnRows(net.rows(x, stream, hiddenSize), stream, `${prefix}.qkv`);
  const inHeads = net.builder.node('Reshape', [fused, net.builder.integers([-1, 3 * heads, headSize])]);
  net.builder.shaped(inHeads, [rowsOf(stream), 3 * heads, headSize]);
  const [q, k, v] = net.builder.nodeWithOutputs(3, 'Split', [inHeads], { axis: 1, num_outputs: 3 });
  return {
    q: net.tokens(headNorm(net, q!, `${prefix}.ln_q`), stream, hiddenSize),
    k: net.tokens(headNorm(net, k!, `${prefix}.ln_k`), stream, hiddenSize),
    v: net.tokens(v!, stream, hiddenSize),
  };
}

/** softmax(q k^T / sqrt(head size)) v -> [B, tokens, hidden]. Nothing is masked. */
export function attend(net: MmditGraph, { q, k, v }: Projections): Value {
  return net.builder.microsoft('MultiHeadAttention', [q, k, v], { num_heads: net.geometry.heads });
}

/** Both streams as one sequence, text first. */
export function joinStreams(net: MmditGraph, context: Projections, image: Projections): Projections {
  const join = (part: keyof Projections) =>
    net.shapedTokens(net.concat([context[part], image[part]], 1), 'joint', net.geometry.hiddenSize);
  return { q: join('q'), k: join('k'), v: join('v') };
}

/** The rms norm of each head of x [batch * tokens, heads, head size]. */
function headNorm(net: MmditGraph, x: Value, prefix: string): Value {
  if (net.geometry.qkNorm === 'none') return x;
  return net.builder.node('SimplifiedLayerNormalization', [x, net.weights.float(`${prefix}.weight`)], {
    axis: -1,
    epsilon: { float: NORM_EPSILON },
    stash_type: 1,
  });
}
