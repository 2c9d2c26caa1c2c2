/**
 * Sentencepiece's `precompiled_charsmap`: which characters T5 rewrites before it looks for pieces. Reproduces
 * `spm_precompiled` of the Rust tokenizers; the JavaScript library puts NFKC in its place, which differs in
 * hundreds of characters.
 */

/** Longer clusters are rewritten character by character. UTF-8 bytes. */
const LONGEST_CLUSTER = 5;
/** Code units looked at in one go; far more than a cluster has, except one made to be long. */
const WINDOW = 512;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param charsmap base64 of: trie size in bytes (u32), trie (u32 units), NUL-ended UTF-8 replacements
 * @returns the function that rewrites a text
 * @throws Error when the bytes are not of that form
 */
export function readCharsmap(charsmap: string): (text: string) => string {
  const bytes = new Uint8Array(Buffer.from(charsmap, 'base64'));
  const view = new DataView(bytes.buffer);
  const trieBytes = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw new Error('its precompiled_charsmap is cut short');
  }
  const trie = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const replacements = bytes.subarray(4 + trieBytes);

  const replacementAt = (offset: number) => {
    const end = replacements.indexOf(0, offset);
    return decoder.decode(replacements.subarray(offset, end === -1 ? replacements.length : end));
  };

  /** What a piece of text turns into; the shortest match decides for the whole piece, as in the original. */
  const rewritten = (piece: string): string | undefined => {
    const offset = shortestMatch(trie, encoder.encode(piece));
    return offset === undefined ? undefined : replacementAt(offset);
  };
  const known = new Map<string, string>();
  const rewriteCharacter = (character: string): string => {
    let result = known.get(character);
    if (result === undefined) {
      result = rewritten(character) ?? character;
      known.set(character, result);
    }
    return result;
  };
  const rewriteCluster = (cluster: string): string => {
    if (cluster.length === 1) return rewriteCharacter(cluster);
    if (Buffer.byteLength(cluster) <= LONGEST_CLUSTER) {
      const whole = rewritten(cluster);
      if (whole !== undefined) return whole;
    }
    return Array.from(cluster, rewriteCharacter).join('');
  };

  return (text) => {
    const pieces = isAscii(text) ? (text.match(/\r\n|[\s\S]/g) ?? []) : clusters(text);
    return Array.from(pieces, rewriteCluster).join('');
  };
}

/**
 * Grapheme clusters of a text. The segmenter is given a window at a time, because its time grows with the square
 * of the text; a window's last cluster may go on, so the next window begins with it.
 */
function* clusters(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const halfPair = isHighSurrogate(text.charCodeAt(from + WINDOW - 1));
    const window = text.slice(from, from + WINDOW - (halfPair ? 1 : 0));
    const isLast = from + window.length >= text.length;
    let held: string | undefined;
    for (const { segment } of graphemes.segment(window)) {
      if (held !== undefined) {
        yield held;
        from += held.length;
      }
      held = segment;
    }
    if (isLast || held === window) {
      yield held!;
      from += held!.length;
    }
  }
}

/** False for NaN, beyond the end of a text. */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** Walks a Darts double-array trie; the value of the shortest key that `bytes` begins with. */
function shortestMatch(trie: Uint32Array, bytes: Uint8Array): number | undefined {
  const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let place = offsetOf(trie[0]!);
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    place ^= byte;
    const unit = trie[place];
    if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
    place ^= offsetOf(unit);
    const isLeaf = ((unit >>> 8) & 1) === 1;
    if (isLeaf) return trie[place] === undefined ? undefined : trie[place]! & 0x7fffffff;
  }
  return undefined;
}
