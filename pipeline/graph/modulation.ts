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
  const parts = modulationParts(net, conditioning, prefix, count * 3);
  return Array.from({ length: count }, (_, i) => {
    const [shift, scale, gate] = parts.slice(i * 3, i * 3 + 3) as [Value, Value, Value];
    return { shift, scale: onePlus(net, scale), gate };
  });
}

/** The (shift, scale) of the final layer and of the last block's context side. */
export function plainModulation(net: MmditGraph, conditioning: Value, prefix: string): Modulation {
  const [shift, scale] = modulationParts(net, conditioning, prefix, 2) as [Value, Value];
  return { shift, scale: onePlus(net, scale) };
}

/** layer_norm(x) * (1 + scale) + shift (the reference's `modulate`) for x [B, tokens, hidden]. */
export function modulatedNorm(net: MmditGraph, x: Value, { shift, scale }: Modulation): Value {
  return net.builder.node('LayerNormalization', [x, scale, shift], {
    axis: -1,
    epsilon: { float: NORM_EPSILON },
  });
}

/** x + gate * result. */
export function addGated(net: MmditGraph, x: Value, gate: Value, result: Value): Value {
  return net.add(x, net.multiply(result, gate));
}

function modulationParts(net: MmditGraph, conditioning: Value, prefix: string, count: number): Value[] {
  const width = net.geometry.hiddenSize * count;
  const flat = net.linearOnVector(conditioning, `${prefix}.adaLN_modulation.1`);
  const joined = net.builder.node('Reshape', [flat, net.builder.integers([-1, 1, width])]);
  net.builder.shaped(joined, [BATCH, 1, width]);
  return net.builder.nodeWithOutputs(count, 'Split', [joined], { axis: 2, num_outputs: count });
}

function onePlus(net: MmditGraph, scale: Value): Value {
  return net.add(scale, net.builder.floats([1]));
}
