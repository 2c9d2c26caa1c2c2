/**
 * Which plain letter a character is taken for although it is another. Unicode's own list of confusables comes with the
 * package `unhomoglyph`; the tables here hold what that list leaves out, because it compares shapes more strictly than
 * somebody does who wants to get round a word list.
 */
import { createRequire } from 'node:module';

/** Not its function, which is one regular expression of six thousand branches. */
const CONFUSABLES: Readonly<Record<string, string>> = createRequire(import.meta.url)('unhomoglyph/data.json');

/** Per plain letter: letters of other scripts, phonetic, turned and crossed ones. */
const LOOSER: Readonly<Record<string, string>> = {
  a: 'аαɑᴀӕꭺᎪɐΛλΔ∆ªᴬ',
  b: 'вьβʙᏴЬƅ฿',
  c: 'сϲᴄᏟƈ¢ɔςↄ©',
  d: 'ԁɗđᴅᎠɖ∂δ',
  e: 'еєεҽɛᴇᎬәɘɇǝэΣ∑ξ℮',
  f: 'ғƒꜰϝɟ',
  g: 'ɡɢԍցɠᏀǥƃ',
  h: 'һнʜհԋᎻħɥ',
  i: 'іιıɪɩӏᎥɨї¡',
  j: 'јʝᴊᎫɉɾ',
  k: 'кκᴋҝᏦƙʞ',
  l: 'ʟłɫɭᏞⅼ',
  m: 'мᴍϻᎷɱ',
  n: 'пηɴոռŋɲи∩',
  o: 'оοσօᴏөøɵᎾθ',
  p: 'рρᴘҏᏢþ',
  q: 'ԛզɋ',
  r: 'гʀᴦɍᏒяɹ®',
  s: 'ѕꜱʂᏚș§',
  t: 'тτᴛŧƭᎢʈʇ†',
  u: 'υսᴜцʉմμ∪',
  v: 'ѵνᴠᏙʋʌ√',
  w: 'ѡωԝᴡᎳшɯʍψ',
  x: 'хχҳ×',
  y: 'уүγʏყᎽɏʎ',
  z: 'ᴢʐᏃƶʒ',
};

/** The alphabets of the writing games: Chinese, Japanese and Thai letters that look like Latin ones. */
const FANCY: Readonly<Record<string, string>> = {
  a: 'ﾑム卂ค',
  b: '乃๒',
  c: '匚',
  d: '刀๔',
  e: '乇ヨ',
  f: '千チ',
  g: '厶و',
  h: '卄んђ',
  i: '工丨ノเ',
  j: 'フﾌ',
  k: 'ズ',
  l: 'ㄥレ乚ﾚ',
  m: '爪冊๓',
  n: '几冂ภ',
  o: '口ㄖの๏๐',
  p: '卩尸アק',
  q: 'ゐợ',
  r: '尺ㄕг',
  s: '丂ร',
  t: '丅ㄒイՇ',
  u: '凵ㄩひย',
  v: 'ש',
  w: '山ฬ',
  x: '乂メא',
  y: 'ㄚリץ',
  z: '乙չ',
};

/** What each plain letter looks like upside down, other than letters that only change places (n and u, d and p). */
const TURNED: Readonly<Record<string, string>> = {
  ɐ: 'a',
  ɔ: 'c',
  ǝ: 'e',
  ә: 'e',
  ə: 'e',
  ɟ: 'f',
  ƃ: 'g',
  ɓ: 'g',
  ᵷ: 'g',
  ɥ: 'h',
  ı: 'i',
  ᴉ: 'i',
  ɾ: 'j',
  ſ: 'j',
  ʞ: 'k',
  ʃ: 'l',
  ꞁ: 'l',
  ן: 'l',
  ɯ: 'm',
  ɹ: 'r',
  ʇ: 't',
  ʌ: 'v',
  ʍ: 'w',
  ʎ: 'y',
};
const CHANGING_PLACES: Readonly<Record<string, string>> = { n: 'u', u: 'n', d: 'p', p: 'd', b: 'q', q: 'b' };

const byCharacter = (table: Readonly<Record<string, string>>) =>
  Object.entries(table).flatMap(([letter, others]) => [...others].map((other) => [other, letter] as const));

const LOOSE = new Map([...byCharacter(FANCY), ...byCharacter(LOOSER)]);

/** Letters in circles, squares and flags, which NFKD leaves alone; each range has the alphabet in order. */
const ALPHABETS = [0x1f150, 0x1f170, 0x1f1e6];

/** The plain letters that a small or capital letter or sign is taken for, `1` for i or l; undefined for others. */
export function lookOf(character: string): string | undefined {
  const small = character.toLowerCase();
  return LOOSE.get(character) ?? LOOSE.get(small) ?? fromAlphabet(small) ?? confusable(small, character);
}

function fromAlphabet(character: string): string | undefined {
  const code = character.codePointAt(0)!;
  const start = ALPHABETS.find((first) => code >= first && code < first + 26);
  return start === undefined ? undefined : String.fromCharCode(0x61 + code - start);
}

/** Unicode's prototype of a character, where it is Latin, or looks Latin in turn. Digits stay digits. */
function confusable(...forms: readonly string[]): string | undefined {
  for (const form of forms) {
    if (form < '\u0080' || /\p{Nd}/u.test(form)) continue;
    const letters = [...(CONFUSABLES[form] ?? '')].map((one) => LOOSE.get(one) ?? one.toLowerCase()).join('');
    // The list has one prototype for I, l and 1.
    if (letters === 'l') return '1';
    if (/^[a-z]{1,3}$/.test(letters)) return letters;
  }
  return undefined;
}

/** The text as it is read with the page turned round; undefined where no letter of it stands on its head. */
export function turnedRound(text: string): string | undefined {
  const characters = [...text];
  if (!characters.some((character) => character in TURNED)) return undefined;
  return characters
    .reverse()
    .map((one) => TURNED[one] ?? CHANGING_PLACES[one] ?? one)
    .join('');
}
