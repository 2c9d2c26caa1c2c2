/**
 * A prompt to what the diffusion transformer is conditioned on, with ComfyUI's weights and chunks
 * (`ClipTokenWeightEncoder.encode_token_weights`, `SD3ClipModel.encode_token_weights`).
 */
import { Fault } from '../../config/faults.ts';
import { elements, type FloatTensor } from '../float-tensor.ts';
import type { ChunkLayout, TokenChunk } from './chunk.ts';
import type { ClipEncoder, T5Encoder, TextEncoders } from './text-encoders.ts';
import type { TextLayouts, TokenizedPrompt } from './tokenize-prompt.ts';

export interface Conditioning {
  /** [1, tokens, contextWidth]: CLIP's tokens, then T5's where there is a T5. */
  readonly context: FloatTensor;
  /** [1, pooledWidth]: CLIP-L's pooled vector, then CLIP-G's. */
  readonly y: FloatTensor;
}

/** The stages on the way, named as in the reference data; of an encoder that is not there, none. */
export interface EncodedPrompt extends Conditioning {
  /** [1, chunks * positions, hiddenSize], weights applied. */
  readonly lHidden?: FloatTensor;
  readonly gHidden?: FloatTensor;
  /** [1, hiddenSize], of the first chunk, without weights. */
  readonly lPooled?: FloatTensor;
  readonly gPooled?: FloatTensor;
  /** [1, length, hiddenSize], weights applied. */
  readonly t5Hidden?: FloatTensor;
}

/** What the transformer takes, so that what an absent encoder would have given can be filled with zeros. */
export interface TextWidths {
  /** Of a token; CLIP's features side by side are filled up with zeros. */
  readonly context: number;
  /** Of each CLIP's features, which are those of its pooled vector. */
  readonly l: number;
  readonly g: number;
}

/** Tokens of a context that no encoder gave anything to. */
const EMPTY_CONTEXT = 77;

/**
 * Both CLIPs are cut to the shorter one's length. An encoder that is absent leaves zeros in its place; a prompt without
 * CLIP tokens has no CLIP rows at all.
 * @throws Fault prompt.weight when a weight is so large (or `nan`) that the encoding is not finite
 */
export async function encodePrompt(
  prompt: TokenizedPrompt,
  layouts: TextLayouts,
  encoders: TextEncoders,
  widths: TextWidths,
): Promise<EncodedPrompt> {
  const hasClip = prompt.l.length > 0 || prompt.g.length > 0;
  const l = hasClip && encoders.clipL ? await encodeClip(prompt.l, layouts.l, encoders.clipL) : undefined;
  const g = hasClip && encoders.clipG ? await encodeClip(prompt.g, layouts.g, encoders.clipG) : undefined;
  const t5Hidden =
    prompt.t5xxl && layouts.t5xxl && encoders.t5
      ? await encodeT5(prompt.t5xxl, layouts.t5xxl, encoders.t5)
      : undefined;
  const parts = [clipContext(l?.hidden, g?.hidden, widths), t5Hidden].filter((part) => part !== undefined);
  return {
    ...(l && { lHidden: l.hidden, lPooled: l.pooled }),
    ...(g && { gHidden: g.hidden, gPooled: g.pooled }),
    ...(t5Hidden && { t5Hidden }),
    context: joinTokens(parts, widths.context),
    y: joinVectors(l?.pooled ?? zeros([1, widths.l]), g?.pooled ?? zeros([1, widths.g])),
  };
}

function zeros(shape: readonly number[]): FloatTensor {
  return { data: new Float32Array(elements(shape)), shape };
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

/** Without any token at all, the one that ends every text goes in alone (`gen_empty_tokens` of length 0). */
async function encodeT5(chunks: readonly TokenChunk[], layout: ChunkLayout, encode: T5Encoder) {
  const { ids, weights } = chunks[0] ?? { ids: emptyPrompt(layout, 0), weights: [1] };
  const hidden = await encode(ids);
  const [length = 0, width = 0] = hidden.shape;
  const data = hidden.data.slice();
  if (hasWeights(chunks)) {
    const empty = await encode(emptyPrompt(layout, ids.length));
    applyWeights(data, empty.data, weights, width);
  }
  return { data, shape: [1, length, width] };
}

function hasWeights(chunks: readonly TokenChunk[]): boolean {
  return chunks.some((chunk) => chunk.weights.some((weight) => weight !== 1));
}

/** ComfyUI's `gen_empty_tokens`: start, end, padding. */
function emptyPrompt({ start, end, pad }: ChunkLayout, length: number): number[] {
  const ids = start === undefined ? [end] : [start, end];
  return [...ids, ...new Array<number>(Math.max(0, length - ids.length)).fill(pad)];
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

/** CLIP's tokens [1, tokens, width]: features of the same token side by side, filled up with zeros; none without CLIP. */
function clipContext(
  l: FloatTensor | undefined,
  g: FloatTensor | undefined,
  widths: TextWidths,
): FloatTensor | undefined {
  if (l === undefined && g === undefined) return undefined;
  const tokens = Math.min(l?.shape[1] ?? Infinity, g?.shape[1] ?? Infinity);
  const places = [
    { part: l, from: 0 },
    { part: g, from: l?.shape[2] ?? widths.l },
  ];
  const data = new Float32Array(tokens * widths.context);
  for (const { part, from } of places) {
    if (part === undefined) continue;
    const width = part.shape[2]!;
    if (from + width > widths.context)
      throw new RangeError(
        `CLIP encodings ${l?.shape} and ${g?.shape} do not fit a width of ${widths.context}`,
      );
    for (let token = 0; token < tokens; token++)
      data.set(part.data.subarray(token * width, (token + 1) * width), token * widths.context + from);
  }
  return { data, shape: [1, tokens, widths.context] };
}

/** The parts' tokens one after another; of no part at all, tokens of zeros. */
function joinTokens(parts: readonly FloatTensor[], width: number): FloatTensor {
  if (parts.length === 0) return zeros([1, EMPTY_CONTEXT, width]);
  const wrong = parts.find(({ shape }) => shape[2] !== width);
  if (wrong) throw new RangeError(`tokens of width ${wrong.shape[2]} do not join those of ${width}`);
  const tokens = parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const data = new Float32Array(tokens * width);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, shape: [1, tokens, width] };
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
