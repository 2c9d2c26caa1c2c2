/** Where JavaScript's text functions differ from those of the tokenizers library (Rust) that gives the reference ids. */

/** Replaces halves of surrogate pairs, which are no characters and have no UTF-8, by U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Lower case character by character: JavaScript alone gives a Σ at the end of a word another form (ς). */
export function lowerCase(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase();
}

/** White space by Unicode's definition: with U+0085, without the byte order mark U+FEFF (`\s` is the other way round). */
const WHITE_SPACE = /\p{White_Space}/u;

export function squeezeWhiteSpace(text: string): string {
  return text.replace(/\p{White_Space}+/gu, ' ');
}

export function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && WHITE_SPACE.test(text[start]!)) start++;
  return text.slice(start);
}

/** Linear, unlike a pattern anchored at the end, which tries every run of spaces. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && WHITE_SPACE.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}
