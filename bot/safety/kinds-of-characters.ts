/** Which kind of character a code point is: asked for every character of every text, and so remembered. */

export const BLANK = 0x20;
export const SIGN = 1;
export const LETTER = 2;
export const FIGURE = 3;
/** A letter of a script that parts no words. */
export const PARTED = 4;

const IS_PARTED = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/u;

/** 0 for a code point that was not asked for yet. */
const known = new Uint8Array(0x110000);

/** One of `SIGN`, `LETTER`, `FIGURE`, `PARTED`; `BLANK` for white space. */
export function kindOf(code: number): number {
  const found = known[code]!;
  if (found !== 0) return found;
  const kind = find(String.fromCodePoint(code));
  known[code] = kind;
  return kind;
}

function find(character: string): number {
  if (/\s/.test(character)) return BLANK;
  if (IS_PARTED.test(character)) return PARTED;
  if (/\p{L}/u.test(character)) return LETTER;
  return /\p{N}/u.test(character) ? FIGURE : SIGN;
}
