/**
 * Lays tokens out in the chunks that a text encoder takes: `tokenize_with_weights` of comfy/sd1_clip.py, its
 * second half ("reshape token array to CLIP input size").
 */

/** The tokens of one run of text; CLIP chunks are not broken inside a short one. */
export interface TokenGroup {
  readonly ids: readonly number[];
  readonly weight: number;
}

/** One input of an encoder; `weights` has an entry a token, 1 for start, end and padding. */
export interface TokenChunk {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

export interface ChunkLayout {
  /** First token of every chunk; T5 has none. */
  readonly start?: number;
  /** Token after the text of every chunk. */
  readonly end: number;
  readonly pad: number;
  /** Longest chunk, start and end included. T5: Infinity. */
  readonly maxLength: number;
  /** Every chunk is padded to at least so many tokens. */
  readonly minLength: number;
}

/** Groups of so many tokens may be broken anywhere; shorter ones move to the next chunk as a whole. */
const BREAKABLE = 8;

/** Always at least one chunk. Linear in the number of tokens. */
export function chunkTokens(groups: readonly TokenGroup[], layout: ChunkLayout): TokenChunk[] {
  const frame = layout.start === undefined ? 1 : 2;
  if (layout.maxLength <= frame) {
    throw new RangeError(`a chunk of ${layout.maxLength} tokens has no room for text`);
  }
  const chunks: TokenChunk[] = [];
  let ids: number[] = [];
  let weights: number[] = [];
  const add = (id: number, weight: number) => {
    ids.push(id);
    weights.push(weight);
  };
  const begin = () => {
    ids = [];
    weights = [];
    if (layout.start !== undefined) add(layout.start, 1);
  };
  const finish = () => {
    add(layout.end, 1);
    while (ids.length < layout.minLength) add(layout.pad, 1);
    chunks.push({ ids, weights });
  };

  begin();
  for (const group of groups) {
    // A short group longer than a whole chunk (only with very few positions) has to be broken as well.
    const breakable = group.ids.length >= BREAKABLE || group.ids.length > layout.maxLength - frame;
    let placed = 0;
    while (placed < group.ids.length) {
      const room = layout.maxLength - 1 - ids.length;
      const left = group.ids.length - placed;
      const fits = left <= room;
      const taken = fits ? left : breakable ? room : 0;
      for (const last = placed + taken; placed < last; placed++) add(group.ids[placed]!, group.weight);
      if (!fits) {
        finish();
        begin();
      }
    }
  }
  finish();
  return chunks;
}
