/** adaLN: the conditioning vector decides each norm's scale and shift and how much of each result is let through. */
import type { Value } from './graph-builder.ts';
import { type MmditGraph, NORM_EPSILON } from './mmdit-graph.ts';

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
 * One (shift, scale, gate) of an adaLN layer; the layer's outputs are such threes one after another: first
 * attention, feed-forward, and in MMDiT-X second attention. Each three is a product of its own, because the
 * whole layer's matrix as float32 would be the largest buffer of the graph.
 *
 * @param conditioning SiLU(t_emb + y_emb) [B, hidden].
 */
export function gatedModulation(
  net: MmditGraph,
  conditioning: Value,
  prefix: string,
  index: number,
): GatedModulation {
  const [shift, scale, gate] = modulationParts(net, conditioning, prefix, index, 3);
  return { shift: shift!, scale: onePlus(net, scale!), gate: gate! };
}

/** The (shift, scale) of the final layer and of the last block's context side. */
export function plainModulation(net: MmditGraph, conditioning: Value, prefix: string): Modulation {
  const [shift, scale] = modulationParts(net, conditioning, prefix, 0, 2);
  return { shift: shift!, scale: onePlus(net, scale!) };
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

function modulationParts(
  net: MmditGraph,
  conditioning: Value,
  prefix: string,
  index: number,
  count: number,
): Value[] {
  const width = net.geometry.hiddenSize * count;
  const rows = { from: index * width, to: (index + 1) * width };
  const flat = net.weights.linear(conditioning, `${prefix}.adaLN_modulation.1`, { rows });
  const joined = net.builder.node('Reshape', [flat, net.builder.integers([-1, 1, width])]);
  return net.builder.nodeWithOutputs(count, 'Split', [joined], { axis: 2, num_outputs: count });
}

function onePlus(net: MmditGraph, scale: Value): Value {
  return net.add(scale, net.builder.floats([1]));
}
