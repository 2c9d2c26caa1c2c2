/**
 * One block of the diffusion transformer (the reference's `JointBlock`): text and image tokens have weights of
 * their own and meet in one attention.
 */
import { attend, joinStreams, type Projections, projectQkv } from './attention.ts';
import type { Value } from './graph-builder.ts';
import type { MmditGraph, Stream } from './mmdit-graph.ts';
import { addGated, gatedModulations, modulatedNorm, plainModulation } from './modulation.ts';

export interface Streams {
  /** [batch, image tokens, hidden]. */
  readonly image: Value;
  /** [batch, text tokens, hidden]. */
  readonly text: Value;
}

/** What the blocks share: the conditioning SiLU(t_emb + y_emb) [batch, hidden] and where text ends (int64 [1]). */
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
  { vector, textLength }: Conditioning,
): Streams {
  const prefix = `joint_blocks.${index}`;
  const tapped = `block${index}`;
  const last = index === net.geometry.depth - 1;
  net.tap(`${tapped}.in_x`, streams.image, 3);
  net.tap(`${tapped}.in_context`, streams.text, 3);

  const text: Opened = last
    ? openLastText(net, streams.text, vector, `${prefix}.context_block`)
    : openStream(net, 'text', streams.text, vector, `${prefix}.context_block`);
  const image = openStream(net, 'image', streams.image, vector, `${prefix}.x_block`);
  tapOpened(net, `${tapped}.context`, text);
  tapOpened(net, `${tapped}.x`, image);

  const attended = attend(net, joinStreams(net, text.qkv, image.qkv), 'joint');
  const imageAttended = cutStream(net, attended, 'image', textLength);
  net.tap(`${tapped}.x.attn`, imageAttended, 3);
  const imageOut = image.close(imageAttended, tapped);
  net.tap(`${tapped}.x`, imageOut, 3);
  if (!text.close) return { image: imageOut, text: streams.text };

  const textAttended = cutStream(net, attended, 'text', textLength);
  net.tap(`${tapped}.context.attn`, textAttended, 3);
  const textOut = text.close(textAttended, tapped);
  net.tap(`${tapped}.context`, textOut, 3);
  return { image: imageOut, text: textOut };
}

/** A block of the image stream alone, which attends to itself (ComfyUI's `DismantledBlock.forward`): SD3.5's ControlNets. */
export function imageBlock(net: MmditGraph, prefix: string, x: Value, vector: Value): Value {
  const opened = openStream(net, 'image', x, vector, prefix);
  return opened.close(attend(net, opened.qkv, 'image'), prefix);
}

/** A stream within a block, before the joint attention (the reference's `pre_attention`). */
interface Opened {
  /** norm1 with its modulation: what qkv is made from. */
  readonly modulated: Value;
  readonly qkv: Projections;
  /** What is to be done after it (`post_attention`): takes the attended tokens, gives the stream's output. */
  readonly close?: (attended: Value, tapped: string) => Value;
}

function openStream(
  net: MmditGraph,
  stream: Stream,
  x: Value,
  vector: Value,
  prefix: string,
): Required<Opened> {
  const dual = net.weights.has(`${prefix}.attn2.qkv.weight`);
  const [first, second, alone] = gatedModulations(net, vector, prefix, dual ? 3 : 2);
  const modulated = modulatedNorm(net, x, first!);
  return {
    modulated,
    qkv: projectQkv(net, modulated, stream, `${prefix}.attn`),
    close(attended, tapped) {
      let y = addGated(net, x, first!.gate, net.linear(attended, stream, `${prefix}.attn.proj`));
      if (alone) {
        // MMDiT-X: the image tokens attend to themselves as well, from the same norm of x, modulated apart.
        const qkv = projectQkv(net, modulatedNorm(net, x, alone), stream, `${prefix}.attn2`);
        const own = attend(net, qkv, stream);
        net.tap(`${tapped}.x.attn2`, own, 3);
        y = addGated(net, y, alone.gate, net.linear(own, stream, `${prefix}.attn2.proj`));
      }
      const fed = feedForward(net, modulatedNorm(net, y, second!), stream, `${prefix}.mlp`);
      return addGated(net, y, second!.gate, fed);
    },
  };
}

function openLastText(net: MmditGraph, x: Value, vector: Value, prefix: string): Opened {
  const modulated = modulatedNorm(net, x, plainModulation(net, vector, prefix));
  return { modulated, qkv: projectQkv(net, modulated, 'text', `${prefix}.attn`) };
}

/** The reference's `Mlp` on tokens [batch, tokens, hidden]. */
function feedForward(net: MmditGraph, x: Value, stream: Stream, prefix: string): Value {
  const { hiddenSize } = net.geometry;
  const wide = net.linearOnRows(net.rows(x, stream, hiddenSize), stream, `${prefix}.fc1`);
  const active = net.builder.node('Gelu', [wide], { approximate: 'tanh' });
  return net.tokens(net.linearOnRows(active, stream, `${prefix}.fc2`), stream, hiddenSize);
}

/** One stream's part of the joint sequence, in which text comes first. */
function cutStream(net: MmditGraph, joint: Value, stream: 'image' | 'text', textLength: Value): Value {
  const { builder, geometry } = net;
  const part =
    stream === 'text'
      ? net.slice(joint, builder.integers([0]), textLength, [1])
      : net.slice(joint, textLength, builder.integers([Number.MAX_SAFE_INTEGER]), [1]);
  return net.shapedTokens(part, stream, geometry.hiddenSize);
}

function tapOpened(net: MmditGraph, name: string, { modulated, qkv }: Opened): void {
  net.tap(`${name}.modulated`, modulated, 3);
  for (const part of ['q', 'k', 'v'] as const) net.tap(`${name}.${part}`, qkv[part], 4);
}
