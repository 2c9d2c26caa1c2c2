/** Digits and signs that stand for letters: `gr0b!4n`, `n|_|de`. */

const DIGITS: Readonly<Record<string, string>> = {
  '0': 'o',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
};
const SIGNS: Readonly<Record<string, string>> = {
  ...DIGITS,
  '@': 'a',
  '^': 'a',
  $: 's',
  '€': 'e',
  '£': 'l',
  '¥': 'y',
  '+': 't',
  '!': 'i',
  '(': 'c',
  '<': 'c',
  '[': 'c',
  '#': 'h',
};

/** Letters drawn with several signs, the longest first. */
const DRAWN: Readonly<Record<string, string>> = {
  '\\/\\/': 'w',
  '|\\/|': 'm',
  '/\\/\\': 'm',
  '|\\|': 'n',
  '|_|': 'u',
  '(_)': 'u',
  '|-|': 'h',
  ']-[': 'h',
  '/-\\': 'a',
  '/\\/': 'n',
  '\\/': 'v',
  '/\\': 'a',
  '|<': 'k',
  '|{': 'k',
  '()': 'o',
  '[]': 'o',
  '|)': 'd',
  '|]': 'd',
  '|>': 'p',
  '|3': 'b',
  '|=': 'f',
  '|_': 'l',
  '><': 'x',
  '}{': 'x',
};
const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
const DRAWN_LETTER = new RegExp(Object.keys(DRAWN).map(escaped).join('|'), 'g');

/** `1` and `|` are i or l: all of a word the one, all the other, or the first the one and the rest the other. */
const ONES = ['ii', 'll', 'il', 'li'] as const;

const STANDS_FOR_LETTER = /[0-9@^$€£¥+!(<[#|\\/]/;
const SIGN_FOR_LETTER = /[@^$€£¥+!(<[#|\\/]/;
const LETTER = /\p{L}/u;

/**
 * The text itself, and as it reads when digits, or digits and signs, stand for letters in words that have a letter.
 * Linear time. @param text of `plainReadings`
 */
export function spellings(text: string): ReadonlySet<string> {
  const found = new Set([text]);
  if (!STANDS_FOR_LETTER.test(text)) return found;
  const words = text.split(' ');
  const disguised = words.flatMap((word, i) =>
    STANDS_FOR_LETTER.test(word) && !isBare(words, i) ? [i] : [],
  );
  const some = (pattern: RegExp) => disguised.some((i) => pattern.test(words[i]!));
  const tables = some(SIGN_FOR_LETTER) ? [DIGITS, SIGNS] : [DIGITS];
  const ones = some(/[1|][^1|]*[1|]/) ? ONES : some(/[1|]/) ? ONES.slice(0, 2) : ONES.slice(0, 1);
  for (const table of tables) {
    for (const one of ones) {
      const spelling = [...words];
      for (const i of disguised) spelling[i] = spelled(words[i]!, table, one);
      found.add(spelling.join(' '));
    }
  }
  return found;
}

/** Figures and signs that are no part of a word: "4 x 3", but not "g r 0 b". */
function isBare(words: readonly string[], i: number): boolean {
  const word = words[i]!;
  if (LETTER.test(word)) return false;
  const isSingle = (one: string | undefined) => one?.length === 1 && LETTER.test(one);
  return word.length !== 1 || !isSingle(words[i - 1]) || !(isSingle(words[i + 1]) || isSingle(words[i - 2]));
}

function spelled(word: string, table: Readonly<Record<string, string>>, ones: string): string {
  const drawn = table === SIGNS ? word.replace(DRAWN_LETTER, (signs) => DRAWN[signs]!) : word;
  let result = '';
  let one = 0;
  let begun = false;
  for (const sign of drawn) {
    const isOne = sign === '1' || (sign === '|' && table === SIGNS);
    // Every prompt has brackets before words; they are letters only inside one.
    const isBracket = !begun && (sign === '(' || sign === '[');
    if (!isBracket) begun = true;
    result += isOne ? ones[Math.min(one++, 1)] : isBracket ? ' ' : (table[sign] ?? sign);
  }
  return result;
}
