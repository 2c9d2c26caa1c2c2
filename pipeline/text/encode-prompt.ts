/**
 * A prompt to what the diffusion transformer is conditioned on, with ComfyUI's weights and chunks
 * (`ClipTokenWeightEncoder.encode_token_weights`, `SD3ClipModel.encode_token_weights`).
 */
import { Fault } from '../../config/faults.ts';
import type { FloatTensor } from '../float-tensor.ts';
import type { ChunkLayout, TokenChunk } from './chunk.ts';
import type { ClipEncoder, T5Encoder, TextEncoders } from './text-encoders.ts';
import type { TextLayouts, TokenizedPrompt } from './tokenize-prompt.ts';

export interface Conditioning {
  /** [1, tokens, contextWidth]: CLIP's tokens, then T5's where there is a T5. */
  readonly context: FloatTensor;
  /** [1, pooledWidth]: CLIP-L's pooled vector, then CLIP-G's. */
  readonly y: FloatTensor;
}

/** The stages on the way, named as in the reference data. */
export interface EncodedPrompt extends Conditioning {
  /** [1, chunks * positions, hiddenSize], weights applied. */
  readonly lHidden: FloatTensor;
  readonly gHidden: FloatTensor;
  /** [1, hiddenSize], of the first chunk, without weights. */
  readonly lPooled: FloatTensor;
  readonly gPooled: FloatTensor;
  /** [1, length, hiddenSize], weights applied. */
  readonly t5Hidden?: FloatTensor;
}

/**
 * An encoder that is absent gives zeros, as in ComfyUI's `SD3ClipModel`.
 *
 * @param contextWidth width of a token for the transformer; CLIP's features side by side are filled up with zeros
 * @param pooledWidth of the transformer; needed where a CLIP encoder is absent, whose width is what the other leaves
 * @throws Fault prompt.weight when a weight is so large (or `nan`) that the encoding is not finite
 */
export async function encodePrompt(
  prompt: TokenizedPrompt,
  layouts: TextLayouts,
  encoders: TextEncoders,
  contextWidth: number,
  pooledWidth?: number,
): Promise<EncodedPrompt> {
  const own = {
    l: encoders.clipL && (await encodeClip(prompt.l, layouts.l, encoders.clipL)),
    g: encoders.clipG && (await encodeClip(prompt.g, layouts.g, encoders.clipG)),
  };
  const widths = clipWidths(own.l?.pooled, own.g?.pooled, pooledWidth);
  const l = own.l ?? absentClip(own.g?.hidden, widths.l);
  const g = own.g ?? absentClip(own.l?.hidden, widths.g);
  const t5Hidden =
    prompt.t5xxl && layouts.t5xxl && encoders.t5
      ? await encodeT5(prompt.t5xxl, layouts.t5xxl, encoders.t5)
      : undefined;
  // With T5 alone there are no tokens of CLIP's.
  const clip = own.l || own.g ? besideEachOther(l.hidden, g.hidden, contextWidth) : undefined;
  return {
    lHidden: l.hidden,
    gHidden: g.hidden,
    lPooled: l.pooled,
    gPooled: g.pooled,
    ...(t5Hidden && { t5Hidden }),
    context: clip && t5Hidden ? oneAfterAnother(clip, t5Hidden) : (clip ?? t5Hidden)!,
    y: joinVectors(l.pooled, g.pooled),
  };
}

/** Features of each CLIP's pooled vector: of an absent one what the other leaves of the transformer's width. */
function clipWidths(l: FloatTensor | undefined, g: FloatTensor | undefined, pooledWidth = 0) {
  const widthL = l?.data.length ?? (g ? pooledWidth - g.data.length : 0);
  return { l: widthL, g: g?.data.length ?? pooledWidth - widthL };
}

function absentClip(other: FloatTensor | undefined, width: number) {
  const tokens = other?.shape[1] ?? 0;
  return {
    hidden: { data: new Float32Array(tokens * width), shape: [1, tokens, width] },
    pooled: { data: new Float32Array(width), shape: [1, width] },
  };
}

async function encodeClip(chunks: readonly TokenChunk[], layout: ChunkLayout, encode: ClipEncoder) {
  const batch = chunks.map((chunk) => chunk.ids);
  const weighted = hasWeights(chunks);
  if (weighted) batch.push(emptyPrompt(layout, layout.maxLength));
  const { hidden, pooled } = await encode(batch);

  const [, positions = 0, width = 0] = hidden.shape;
  const size = positions * width;
  const rows = hidden.data.slice(0, chunks.length * size);
  if (weighted) {
    const empty = hidden.data.subarray(chunks.length * size);
    chunks.forEach((chunk, i) => {
      applyWeights(rows.subarray(i * size, (i + 1) * size), empty, chunk.weights, width);
    });
  }
  const pooledWidth = pooled.shape[1] ?? 0;
  return {
    hidden: { data: rows, shape: [1, chunks.length * positions, width] },
    pooled: { data: pooled.data.slice(0, pooledWidth), shape: [1, pooledWidth] },
  };
}

async function encodeT5(chunks: readonly TokenChunk[], layout: ChunkLayout, encode: T5Encoder) {
  const chunk = chunks[0]!;
  const hidden = await encode(chunk.ids);
  const [length = 0, width = 0] = hidden.shape;
  const data = hidden.data.slice();
  if (hasWeights(chunks)) {
    const empty = await encode(emptyPrompt(layout, chunk.ids.length));
    applyWeights(data, empty.data, chunk.weights, width);
  }
  return { data, shape: [1, length, width] };
}

function hasWeights(chunks: readonly TokenChunk[]): boolean {
  return chunks.some((chunk) => chunk.weights.some((weight) => weight !== 1));
}

/** ComfyUI's `gen_empty_tokens`: start, end, padding. */
function emptyPrompt({ start, end, pad }: ChunkLayout, length: number): number[] {
  const ids = start === undefined ? [end] : [start, end];
  return [...ids, ...new Array<number>(length - ids.length).fill(pad)];
}

/** z = (z - empty) * weight + empty for each token whose weight is not 1, in float32 like torch. */
function applyWeights(z: Float32Array, empty: Float32Array, weights: readonly number[], width: number): void {
  weights.forEach((weight, token) => {
    if (weight === 1) return;
    const factor = Math.fround(weight);
    for (let i = token * width; i < (token + 1) * width; i++) {
      const scaled = Math.fround(Math.fround(z[i]! - empty[i]!) * factor);
      const value = Math.fround(scaled + empty[i]!);
      // What was no number before the weight is not the weight's fault: whoever holds the encoders looks into it.
      if (!Number.isFinite(value) && Number.isFinite(z[i]!) && Number.isFinite(empty[i]!))
        throw new Fault('prompt.weight', { weight });
      z[i] = value;
    }
  });
}

/**
 * Features of the same token side by side: [1, tokens, width of both], filled up with zeros to `width`. Where one has more
 * tokens (LongCLIP's 248 beside 77) the others are cut off, as in ComfyUI.
 */
function besideEachOther(left: FloatTensor, right: FloatTensor, width: number): FloatTensor {
  const [, leftTokens = 0, leftWidth = 0] = left.shape;
  const [, rightTokens = 0, rightWidth = 0] = right.shape;
  const tokens = Math.min(leftTokens, rightTokens);
  if (leftWidth + rightWidth > width) {
    throw new RangeError(
      `CLIP encodings ${left.shape} and ${right.shape} do not fit a context of width ${width}`,
    );
  }
  const data = new Float32Array(tokens * width);
  for (let token = 0; token < tokens; token++) {
    data.set(left.data.subarray(token * leftWidth, (token + 1) * leftWidth), token * width);
    data.set(right.data.subarray(token * rightWidth, (token + 1) * rightWidth), token * width + leftWidth);
  }
  return { data, shape: [1, tokens, width] };
}

function oneAfterAnother(first: FloatTensor, second: FloatTensor): FloatTensor {
  const [, firstTokens = 0, width = 0] = first.shape;
  const [, secondTokens = 0, secondWidth = 0] = second.shape;
  if (width !== secondWidth) throw new RangeError(`tokens of width ${width} and ${secondWidth} do not join`);
  return { data: joined(first.data, second.data), shape: [1, firstTokens + secondTokens, width] };
}

function joinVectors(first: FloatTensor, second: FloatTensor): FloatTensor {
  const data = joined(first.data, second.data);
  return { data, shape: [1, data.length] };
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const data = new Float32Array(first.length + second.length);
  data.set(first);
  data.set(second, first.length);
  return data;
}
