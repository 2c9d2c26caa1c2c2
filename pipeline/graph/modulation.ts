/** adaLN: the conditioning vector decides each norm's scale and shift and how much of each result is let through. */
import type { Value } from './graph-builder.ts';
import { BATCH, type MmditGraph, NORM_EPSILON } from './mmdit-graph.ts';

/** Scale and shift [B, 1, hidden] of one norm; `scale` already has its 1 added. */
export interface Modulation {
  readonly shift: Value;
  readonly scale: Value;
}

/** Modulation with the gate [B, 1, hidden] that multiplies the result before it is added to the stream. */
export interface GatedModulation extends Modulation {
  readonly gate: Value;
}

/**
 * The (shift, scale, gate) threes of an adaLN layer, in the file's order: first attention, feed-forward, and in
 * MMDiT-X second attention.
 *
 * @param conditioning SiLU(t_emb + y_emb) [batch, hidden].
 */
export function gatedModulations(
  net: MmditGraph,
  conditioning: Value,
  prefix: string,
  count: number,
): GatedModulation[] {
  const three = [0, 1, 0];
  const parts = modulationParts(net, conditioning, prefix, Array(count).fill(three).flat());
  return Array.from({ length: count }, (_, i) => {
    const [shift, scale, gate] = parts.slice(i * 3, i * 3 + 3) as [Value, Value, Value];
    return { shift, scale, gate };
  });
}

/** The (shift, scale) of the final layer and of the last block's context side. */
export function plainModulation(net: MmditGraph, conditioning: Value, prefix: string): Modulation {
  const [shift, scale] = modulationParts(net, conditioning, prefix, [0, 1]) as [Value, Value];
  return { shift, scale };
}

/** layer_norm(x) * (1 + scale) + shift (the reference's `modulate`) for x [B, tokens, hidden], as products take it. */
export function modulatedNorm(net: MmditGraph, x: Value, { shift, scale }: Modulation): Value {
  const { builder, geometry } = net;
  const attributes = { axis: -1, epsilon: { float: NORM_EPSILON } };
  if (builder.compute.normScale === 'inside')
    return net.narrow(builder.node('LayerNormalization', [x, scale, shift], attributes));
  const ones = builder.floats(Array<number>(geometry.hiddenSize).fill(1), [geometry.hiddenSize]);
  const normed = builder.node('LayerNormalization', [x, ones], attributes);
  return net.narrow(net.add(net.multiply(normed, scale), shift));
}

/** x + gate * result, the result as a product gives it. */
export function addGated(net: MmditGraph, x: Value, gate: Value, result: Value): Value {
  return net.add(x, net.multiply(net.wide(result), gate));
}

/** The layer's vectors, [batch, 1, hidden] each, in the file's order, with a number added to each. */
function modulationParts(
  net: MmditGraph,
  conditioning: Value,
  prefix: string,
  added: readonly number[],
): Value[] {
  const { builder, geometry } = net;
  const count = added.length;
  const flat = net.linearOnVector(conditioning, `${prefix}.adaLN_modulation.1`);
  const vectors = builder.node('Reshape', [flat, builder.integers([-1, count, geometry.hiddenSize])]);
  builder.shaped(vectors, [BATCH, count, geometry.hiddenSize]);
  const ready = net.add(vectors, builder.floats(added, [count, 1]));
  return builder.nodeWithOutputs(count, 'Split', [ready], { axis: 1, num_outputs: count });
}
