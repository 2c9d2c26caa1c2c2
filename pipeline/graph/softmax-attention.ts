/** Attention, by the runtime's own operator or written out for devices where that one computes wrong numbers. */
import type { GraphBuilder, Value } from './graph-builder.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** Of one head. */
  readonly headSize: number;
  /** What products are multiplied by; 1 / sqrt(headSize) where absent. */
  readonly scale?: number;
  /** Added to the products: [1 or B, heads, queries, keys]. */
  readonly bias?: Value;
  /** Each token sees only itself and those before it. */
  readonly causal?: boolean;
}

/** Far below every product: its exponential is 0. */
const UNSEEN = -1e9;

/** Softmax attention of q, k, v [B, tokens, heads * headSize], all of one type, as is the result. */
export function softmaxAttention(
  g: GraphBuilder,
  [q, k, v]: readonly [Value, Value, Value],
  options: AttentionOptions,
): Value {
  if (g.compute.attention === 'written') return written(g, [q, k, v], options);
  const { heads, scale, bias, causal } = options;
  return g.microsoft('MultiHeadAttention', [q, k, v, ...(bias ? [undefined, undefined, bias] : [])], {
    num_heads: heads,
    ...(scale === undefined ? {} : { scale: { float: scale } }),
    ...(causal ? { unidirectional: 1 } : {}),
  });
}

/**
 * Products and a softmax. The scale goes into q, so that float16
 * products stay small.
 */
function written(
  g: GraphBuilder,
  [q, k, v]: readonly [Value, Value, Value],
  { heads, headSize, scale = headSize ** -0.5, bias, causal }: AttentionOptions,
): Value {
  const split = (x: Value, perm: readonly number[]) =>
    g.node('Transpose', [g.node('Reshape', [x, g.integers([0, 0, heads, headSize])])], { perm });
  const small = scale === 1 ? q : g.node('Mul', [q, g.node('CastLike', [g.floats([scale]), q])]);
  const keys = split(k, [0, 2, 3, 1]);
  let scores = g.node('MatMul', [split(small, [0, 2, 1, 3]), keys]);
  if (bias) scores = g.node('Add', [scores, bias]);
  if (causal) scores = g.node('Add', [scores, unseen(g, keys)]);
  const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), split(v, [0, 2, 1, 3])]);
  const tokens = g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] });
  return g.node('Reshape', [tokens, g.integers([0, 0, heads * headSize])]);
}

/** float32 [tokens, tokens]: 0 for what a token sees, far below for what comes after it. */
function unseen(g: GraphBuilder, keys: Value): Value {
  const count = g.node('Shape', [keys], { start: 3, end: 4 });
  const square = g.node('Concat', [count, count], { axis: 0 });
  return g.node('Trilu', [g.node('Expand', [g.floats([UNSEEN]), square]), g.integers([1], [])], {
    upper: 1,
  });
}
