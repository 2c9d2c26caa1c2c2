/** A prompt to what ComfyUI feeds the three text encoders: `SD3Tokenizer.tokenize_with_weights`. */
import type { ClipGeometry, T5Geometry } from '../weights/geometry.ts';
import { type ChunkLayout, chunkTokens, type TokenChunk, type TokenGroup } from './chunk.ts';
import { withoutEmbeddings } from './embedding-names.ts';
import type { Tokenizers } from './open-tokenizers.ts';
import { parsePromptWeights } from './prompt-weights.ts';

/** What of the encoders' geometry decides how a prompt is laid out. */
export interface TextGeometry {
  readonly clipL?: Pick<ClipGeometry, 'positions'>;
  readonly clipG?: Pick<ClipGeometry, 'positions'>;
  readonly t5?: Pick<T5Geometry, 'minLength'>;
}

/** Tokens in a chunk of every official CLIP. */
const OFFICIAL_POSITIONS = 77;

/** Ids of the tokens around every text; tokenizers have them. */
export interface FramingTokens {
  readonly clip: { readonly start: number; readonly end: number };
  readonly t5: { readonly end: number };
}

export interface TextLayouts {
  readonly l: ChunkLayout;
  readonly g: ChunkLayout;
  readonly t5xxl?: ChunkLayout;
}

/** Chunks of each encoder, in order; T5 has one. None for an encoder whose text was left out. */
export interface TokenizedPrompt {
  readonly l: readonly TokenChunk[];
  readonly g: readonly TokenChunk[];
  readonly t5xxl?: readonly TokenChunk[];
}

/**
 * CLIP-L is padded with the end token, CLIP-G and T5 with 0; T5 has no start and no upper limit. An absent CLIP is laid
 * out like the other one: how many chunks it would have decides how many the other gets.
 */
export function textLayouts(
  { clip: { start, end }, t5 }: FramingTokens,
  geometry: TextGeometry,
): TextLayouts {
  const clip = (positions: number, pad: number) => ({
    start,
    end,
    pad,
    maxLength: positions,
    minLength: positions,
  });
  return {
    l: clip((geometry.clipL ?? geometry.clipG)?.positions ?? OFFICIAL_POSITIONS, end),
    g: clip((geometry.clipG ?? geometry.clipL)?.positions ?? OFFICIAL_POSITIONS, 0),
    ...(geometry.t5 && {
      t5xxl: { end: t5.end, pad: 0, maxLength: Infinity, minLength: geometry.t5.minLength },
    }),
  };
}

/** Reads the weights, tokenizes each run of equal weight by itself and lays the tokens out in chunks. */
export function tokenizePrompt(
  prompt: string,
  tokenizers: Tokenizers,
  layouts: TextLayouts,
): TokenizedPrompt {
  const words = parsePromptWeights(prompt).flatMap(withoutEmbeddings);
  const groups = (encode: (text: string) => number[]): TokenGroup[] =>
    words.map(({ text, weight }) => ({ ids: encode(text), weight }));
  const clip = groups(tokenizers.clip.encode);
  return {
    l: chunkTokens(clip, layouts.l),
    g: chunkTokens(clip, layouts.g),
    ...(layouts.t5xxl && { t5xxl: chunkTokens(groups(tokenizers.t5.encode), layouts.t5xxl) }),
  };
}
