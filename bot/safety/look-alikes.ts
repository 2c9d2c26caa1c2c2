/** Characters that are read as a plain letter although they are others: the way round a word list, closed. */

/** Per plain letter the look-alikes that Unicode's own compatibility mapping (NFKD) leaves as they are. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: 'аαɑᴀӕꭺᎪ',
  b: 'вьβʙᏴЬƅ',
  c: 'сϲᴄᏟƈ¢',
  d: 'ԁɗđᴅᎠɖ',
  e: 'еєεҽɛᴇᎬәɘɇ',
  f: 'ғƒꜰϝ',
  g: 'ɡɢԍցɠᏀǥ',
  h: 'һнʜհԋᎻħ',
  i: 'іιıɪɩӏᎥɨі',
  j: 'јʝᴊᎫɉ',
  k: 'кκᴋҝᏦƙ',
  l: 'ʟłɫɭᏞⅼ',
  m: 'мᴍϻᎷɱ',
  n: 'пηɴոռŋɲ',
  o: 'оοσօᴏөøɵᎾ',
  p: 'рρᴘҏᏢþ',
  q: 'ԛզɋ',
  r: 'гʀᴦɍᏒɾ',
  s: 'ѕꜱʂᏚș',
  t: 'тτᴛŧƭᎢʈ',
  u: 'υսᴜцʉմ',
  v: 'ѵνᴠᏙʋ',
  w: 'ѡωԝᴡᎳшɯ',
  x: 'хχҳ×ж',
  y: 'уүγʏყᎽɏ',
  z: 'ᴢʐᏃƶʒ',
};

const PLAIN = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([letter, others]) => [...others].map((other) => [other, letter])),
);

/** Letters in circles, squares and flags, which NFKD leaves alone; each range has the alphabet in order. */
const ALPHABETS = [0x1f150, 0x1f170, 0x1f1e6];

/** Characters that are not seen: zero-width ones, joiners, marks, selectors, tags, fillers. */
const UNSEEN = /[\p{DI}\p{Cf}\p{M}]/gu;

/**
 * The text in plain small letters: compatibility forms (full-width, mathematical, in circles), accents, unseen
 * characters and look-alikes undone. Digits and signs stay. Linear time.
 */
export function plainLetters(text: string): string {
  const small = text
    .normalize('NFKD')
    .replace(UNSEEN, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(UNSEEN, '');
  let result = '';
  for (const character of small) result += PLAIN.get(character) ?? fromAlphabet(character);
  return result;
}

function fromAlphabet(character: string): string {
  const code = character.codePointAt(0)!;
  const start = ALPHABETS.find((first) => code >= first && code < first + 26);
  return start === undefined ? character : String.fromCharCode(0x61 + code - start);
}

/** Digits and signs written for letters. `1`, `!` and `|` stand for i or l: one reading each. */
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '€': 'e',
  '+': 't',
};

/** The ways a text can be read when digits and signs inside words stand for letters. @param text of `plainLetters` */
export function leetReadings(text: string): readonly string[] {
  if (!/[0-9@$€+!|]/.test(text)) return [];
  return ['i', 'l'].map((one) =>
    text.replace(/[^\s,.;:"]+/g, (word) =>
      /[a-z]/.test(word) ? word.replace(/[0-9@$€+!|]/g, (sign) => LEET[sign] ?? leetOne(sign, one)) : word,
    ),
  );
}

function leetOne(sign: string, one: string): string {
  if (sign === '1' || sign === '|') return one;
  return sign === '!' ? 'i' : sign;
}
