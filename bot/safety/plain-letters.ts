/** A text in plain small letters: accents, unseen characters, other forms of letters and look-alikes undone. */
import { lookOf, turnedRound } from './look-alikes.ts';

/** Characters that are not seen: zero-width and direction marks, accents, selectors, tags, fillers, private ones. */
const UNSEEN = /[\p{DI}\p{Cf}\p{M}\p{Co}\p{Cs}\u2800]|(?!\s)\p{Cc}/gu;
/** From here on everything is shown from right to left, also Latin letters. */
const BACKWARDS = '\u202e';

/** Scripts in which whole words may consist of look-alikes by chance: Russian "кот" is a cat. */
const SCRIPTS = 'Cyrillic Greek Armenian Hebrew Arabic Thai Han Hiragana Katakana'.split(' ');
const IN_SCRIPT = SCRIPTS.map((script) => new RegExp(`\\p{Script=${script}}`, 'u'));

interface Character {
  /** As itself, in small letters. */
  readonly own: string;
  /** As the plain letter that it is taken for. */
  readonly look: string;
  /** Index of its script among those above; -1 for others. */
  readonly script: number;
  readonly isLetter: boolean;
}

const known = new Map<string, Character>();

function characterOf(written: string): Character {
  const found = known.get(written);
  if (found !== undefined) return found;
  const own = /\s/.test(written)
    ? ' '
    : written.toLowerCase().normalize('NFKD').replace(UNSEEN, '').replace('ß', 'ss');
  const look = own < '\u0080' ? own : (lookOf(written) ?? own);
  const character = {
    own,
    look,
    script: IN_SCRIPT.findIndex((script) => script.test(own)),
    isLetter: /\p{L}/u.test(own),
  };
  if (known.size < 5000) known.set(written, character);
  return character;
}

/** The forms of one entry of the list: as itself, and as it is read where look-alikes are undone. */
export function plainForms(text: string): readonly string[] {
  const characters = charactersOf(text);
  return [
    ...new Set([characters.map(({ own }) => own).join(''), characters.map(({ look }) => look).join('')]),
  ];
}

/**
 * The ways in which the letters of a text can be read, one after the other. Digits and signs stay, blanks are all the
 * same. Words that are wholly of another script are left in it where the text has more of that script than
 * look-alikes. Linear time.
 */
export function plainReadings(text: string): readonly string[] {
  if (ONLY_ASCII.test(text))
    return [text.replace(I_FOR_L, '1').replace(L_FOR_I, '1').replace(/\s/g, ' ').toLowerCase()];
  const characters = charactersOf(text.replace(I_FOR_L, '1').replace(L_FOR_I, '1'));
  const readings = new Set([undisguised(characters), characters.map(({ own }) => own).join('')]);
  for (const reading of [...readings]) {
    const turned = turnedRound(reading) ?? (text.includes('\u0131') ? turnedRound(text) : undefined);
    if (turned !== undefined) readings.add(turned);
  }
  if (text.includes(BACKWARDS)) {
    for (const reading of [...readings]) readings.add([...reading].reverse().join(''));
  }
  return [...readings];
}

function charactersOf(text: string): Character[] {
  const characters: Character[] = [];
  for (const written of text.normalize('NFKD').replace(UNSEEN, '')) characters.push(characterOf(written));
  return characters;
}

/** Nothing to undo. */
const ONLY_ASCII = /^[\t\n\r\x20-\x7e]*$/;

/** A capital I among small letters may be an l, a small l among capitals an I: `1` is read as both. */
const I_FOR_L = /(?<=[a-z])I(?![A-Z])/g;
const L_FOR_I = /(?<=[A-Z])l(?=[A-Z])/g;

function undisguised(characters: readonly Character[]): string {
  const words = wordsOf(characters);
  const spoken = new Set(
    words.flatMap(({ script, letters }) =>
      script >= 0 && letters.some(({ own, look, isLetter }) => isLetter && own === look) ? [script] : [],
    ),
  );
  return words
    .map(({ script, letters }) =>
      letters.map(spoken.has(script) ? ({ own }) => own : ({ look }) => look).join(''),
    )
    .join('');
}

interface Word {
  readonly letters: Character[];
  /** The one script of all its letters, else -1. */
  script: number;
}

/** Letters in a row, and what stands between two such rows. */
function wordsOf(characters: readonly Character[]): Word[] {
  const words: Word[] = [];
  let last: Word | undefined;
  for (const character of characters) {
    if (last === undefined || last.letters[0]!.isLetter !== character.isLetter) {
      last = { letters: [], script: character.script };
      words.push(last);
    }
    last.letters.push(character);
    if (last.script !== character.script) last.script = -1;
  }
  return words;
}
