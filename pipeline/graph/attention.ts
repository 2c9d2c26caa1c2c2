/** Self-attention of the diffusion transformer: q, k, v of one stream, and attention over one or both streams. */
import type { Value } from './graph-builder.ts';
import { BATCH, type MmditGraph, NORM_EPSILON, type Stream } from './mmdit-graph.ts';
import { softmaxAttention } from './softmax-attention.ts';

/** Queries, keys and values [batch, tokens, heads, head size], as products give them. */
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
  const fused = net.linearOnRows(net.rows(x, stream, hiddenSize), stream, `${prefix}.qkv`);
  const inHeads = net.tokens(fused, stream, 3 * heads, hiddenSize / heads);
  const [q, k, v] = net.builder.nodeWithOutputs(3, 'Split', [inHeads], { axis: 2, num_outputs: 3 });
  return {
    q: headNorm(net, q!, `${prefix}.ln_q`),
    k: headNorm(net, k!, `${prefix}.ln_k`),
    v: v!,
  };
}

/** Both streams as one sequence, text first. */
export function joinStreams(net: MmditGraph, text: Projections, image: Projections): Projections {
  const { heads, hiddenSize } = net.geometry;
  const join = (part: keyof Projections) =>
    net.builder.shaped(net.concat([text[part], image[part]], 1), [BATCH, 'joint', heads, hiddenSize / heads]);
  return { q: join('q'), k: join('k'), v: join('v') };
}

/** softmax(q k^T / sqrt(head size)) v -> [batch, tokens, hidden]. Nothing is masked. */
export function attend(net: MmditGraph, projections: Projections, stream: Stream): Value {
  const { heads, hiddenSize } = net.geometry;
  const { q, k, v } = projections;
  const sideBySide = [q, k, v].map((x) =>
    net.shapedTokens(
      net.builder.node('Reshape', [x, net.builder.integers([0, 0, hiddenSize])]),
      stream,
      hiddenSize,
    ),
  );
  const [queries, keys, values] = sideBySide as [Value, Value, Value];
  return softmaxAttention(net.builder, [queries, keys, values], { heads, headSize: hiddenSize / heads });
}

/** The rms norm over the last side: one head of one token. */
function headNorm(net: MmditGraph, x: Value, prefix: string): Value {
  if (net.geometry.qkNorm === 'none') return x;
  const scale = net.weights.small(`${prefix}.weight`);
  return net.builder.node('SimplifiedLayerNormalization', [x, scale], {
    axis: -1,
    epsilon: { float: NORM_EPSILON },
    stash_type: 1,
  });
}
