/**
 * One block of the diffusion transformer (the reference's `JointBlock`): text and image tokens have weights of
 * their own and meet in one attention.
 */
import { attend, joinStreams, type Projections, projectQkv } from './attention.ts';
import type { Value } from './graph-builder.ts';
import type { MmditGraph } from './mmdit-graph.ts';
import { addGated, gatedModulation, modulatedNorm, plainModulation } from './modulation.ts';

export interface Streams {
  /** [B, image tokens, hidden]. */
  readonly image: Value;
  /** [B, text tokens, hidden]. */
  readonly context: Value;
}

/** What the blocks share: the conditioning SiLU(t_emb + y_emb) [B, hidden] and where text ends (int64 [1]). */
export interface Conditioning {
  readonly vector: Value;
  readonly textLength: Value;
}

/**
 * Block number `index` of the checkpoint. The last block's text side only serves the attention: it has no
 * projection, no feed-forward and no output, so its text stream comes back unchanged.
 */
export function jointBlock(
  net: MmditGraph,
  index: number,
  streams: Streams,
  conditioning: Conditioning,
): Streams {
  const tapped = `block${index}`;
  const prefix = `joint_blocks.${index}`;
  const last = index === net.geometry.depth - 1;
  net.tap(`${tapped}.in_x`, streams.image, 3);
  net.tap(`${tapped}.in_context`, streams.context, 3);

  const context: OpenStream = last
    ? contextOfLastBlock(net, streams.context, conditioning.vector, `${prefix}.context_block`)
    : openStream(net, streams.context, conditioning.vector, `${prefix}.context_block`);
  const image = openStream(net, streams.image, conditioning.vector, `${prefix}.x_block`);
  tapProjections(net, `${tapped}.context`, context);
  tapProjections(net, `${tapped}.x`, image);

  const attended = attend(net, joinStreams(net, context.qkv, image.qkv));
  const { textLength } = conditioning;
  const beginning = net.builder.integers([0]);
  const end = net.builder.integers([Number.MAX_SAFE_INTEGER]);
  const imageAttended = net.slice(attended, textLength, end, [1]);
  net.tap(`${tapped}.x.attn`, imageAttended, 3);
  const second = secondAttention(net, index, streams.image, conditioning.vector);
  const imageOut = image.close(imageAttended, second);
  net.tap(`${tapped}.x`, imageOut, 3);
  if (!context.close) return { image: imageOut, context: streams.context };

  const contextAttended = net.slice(attended, beginning, textLength, [1]);
  net.tap(`${tapped}.context.attn`, contextAttended, 3);
  const contextOut = context.close(contextAttended);
  net.tap(`${tapped}.context`, contextOut, 3);
  return { image: imageOut, context: contextOut };
}

/** A stream within a block, before the attention. */
interface OpenStream {
  /** norm1 with its modulation: what qkv is made from. */
  readonly modulated: Value;
  readonly qkv: Projections;
  /** What is to be done after the attention (the reference's `post_attention`); the last block's text has none. */
  readonly close?: (attended: Value, second?: SecondAttention) => Value;
}

type FullStream = Required<OpenStream>;

/** MMDiT-X's second attention, over the image tokens alone. */
interface SecondAttention {
  readonly gate: Value;
  readonly result: Value;
}

function openStream(net: MmditGraph, x: Value, vector: Value, prefix: string): FullStream {
  const first = gatedModulation(net, vector, prefix, 0);
  const modulated = modulatedNorm(net, x, first);
  return {
    modulated,
    qkv: projectQkv(net, modulated, `${prefix}.attn`),
    close(attended, second) {
      let y = addGated(net, x, first.gate, net.linear(attended, `${prefix}.attn.proj`));
      if (second) y = addGated(net, y, second.gate, second.result);
      const feedForward = gatedModulation(net, vector, prefix, 1);
      const hidden = net.linear(modulatedNorm(net, y, feedForward), `${prefix}.mlp.fc1`);
      const active = net.builder.node('Gelu', [hidden], { approximate: 'tanh' });
      return addGated(net, y, feedForward.gate, net.linear(active, `${prefix}.mlp.fc2`));
    },
  };
}

function contextOfLastBlock(net: MmditGraph, x: Value, vector: Value, prefix: string): OpenStream {
  const modulated = modulatedNorm(net, x, plainModulation(net, vector, prefix));
  return { modulated, qkv: projectQkv(net, modulated, `${prefix}.attn`) };
}

/**
 * attn2 of the blocks that have it. It shares norm1 but not its modulation: the norm is taken of the same x, with
 * shift, scale and gate number 2 of the layer.
 */
function secondAttention(
  net: MmditGraph,
  index: number,
  image: Value,
  vector: Value,
): SecondAttention | undefined {
  if (!net.geometry.dualAttentionBlocks.includes(index)) return undefined;
  const prefix = `joint_blocks.${index}.x_block`;
  const modulation = gatedModulation(net, vector, prefix, 2);
  const modulated = modulatedNorm(net, image, modulation);
  const attended = attend(net, projectQkv(net, modulated, `${prefix}.attn2`));
  net.tap(`block${index}.x.attn2`, attended, 3);
  return { gate: modulation.gate, result: net.linear(attended, `${prefix}.attn2.proj`) };
}

function tapProjections(net: MmditGraph, name: string, { modulated, qkv }: OpenStream): void {
  net.tap(`${name}.modulated`, modulated, 3);
  for (const part of ['q', 'k', 'v'] as const) net.tap(`${name}.${part}`, qkv[part], 3);
}
