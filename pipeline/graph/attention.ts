/** Self-attention of the diffusion transformer: q, k, v of one stream, and attention over one or both streams. */
import type { Value } from './graph-builder.ts';
import { type MmditGraph, NORM_EPSILON } from './mmdit-graph.ts';

/** Queries, keys and values [B, tokens, hidden], heads side by side along `hidden`. */
export interface Projections {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/**
 * The reference's `SelfAttention.pre_attention` for x [B, tokens, hidden]: the fused qkv layer cut into q, k, v
 * and an rms norm a head on q and k. Three products instead of one and a Split: measured equal, and the float32
 * copy of a 16-bit matrix is a third as large.
 */
export function projectQkv(net: MmditGraph, x: Value, prefix: string): Projections {
  const { hiddenSize } = net.geometry;
  const rows = net.rows(x, hiddenSize);
  const part = (index: number) =>
    net.weights.linear(rows, `${prefix}.qkv`, {
      rows: { from: index * hiddenSize, to: (index + 1) * hiddenSize },
    });
  return {
    q: net.tokens(headNorm(net, part(0), `${prefix}.ln_q`), hiddenSize),
    k: net.tokens(headNorm(net, part(1), `${prefix}.ln_k`), hiddenSize),
    v: net.tokens(part(2), hiddenSize),
  };
}

/** softmax(q k^T / sqrt(head size)) v -> [B, tokens, hidden]. Nothing is masked. */
export function attend(net: MmditGraph, { q, k, v }: Projections): Value {
  return net.builder.microsoft('MultiHeadAttention', [q, k, v], { num_heads: net.geometry.heads });
}

/** Both streams as one sequence, text first. */
export function joinStreams(net: MmditGraph, context: Projections, image: Projections): Projections {
  const join = (part: keyof Projections) => net.concat([context[part], image[part]], 1);
  return { q: join('q'), k: join('k'), v: join('v') };
}

/** The rms norm over each head's part of rows [B * tokens, hidden] (any shape that ends in whole heads). */
function headNorm(net: MmditGraph, rows: Value, prefix: string): Value {
  if (net.geometry.qkNorm === 'none') return rows;
  const { heads, hiddenSize } = net.geometry;
  const split = net.builder.node('Reshape', [rows, net.builder.integers([-1, heads, hiddenSize / heads])]);
  return net.builder.node('SimplifiedLayerNormalization', [split, net.weights.float(`${prefix}.weight`)], {
    axis: -1,
    epsilon: { float: NORM_EPSILON },
    stash_type: 1,
  });
}
