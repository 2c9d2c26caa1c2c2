/** Whether a place in a text, where the letters of an entry stand, is the entry: its ends, and repeated letters. */
import { BEGINS, ENDS, type Row, rowsOf } from './letters-in-a-row.ts';

/** A part of an entry of the list: what must be found, and whether it may go on at its ends (`*`). */
export interface Part {
  readonly letters: readonly number[];
  readonly times: readonly number[];
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

/** @param text in plain letters. @returns undefined where there is no letter in it */
export function partOf(text: string, openStart: boolean, openEnd: boolean): Part | undefined {
  const { letters, times, length } = rowsOf(text)[0]!;
  if (length <= 2) return undefined;
  const inner = (values: Uint32Array) => [...values.subarray(1, length - 1)];
  return { letters: inner(letters), times: inner(times), openStart, openEnd };
}

/** @param last place of the part's last letter in the row */
export function isThere(part: Part, row: Row, last: number): boolean {
  const first = last - part.letters.length + 1;
  const startsWell = (row.edges[first]! & BEGINS) !== 0;
  const endsWell = (row.edges[last]! & ENDS) !== 0;
  if (!(part.openStart || startsWell) || !(part.openEnd || endsWell)) return false;
  if (row.joined && !startsWell && !endsWell) return false;
  return repeatsAsWritten(part, row, first, startsWell, endsWell);
}

/**
 * A letter three times or more is stretched and may stand for fewer. Twice instead of once is a disguise where that
 * happens at two places, or at one where no ordinary word has it: "nnude" is no word, but "good" is not "god".
 */
function repeatsAsWritten(
  part: Part,
  row: Row,
  first: number,
  startsWell: boolean,
  endsWell: boolean,
): boolean {
  const doubled: number[] = [];
  const end = part.letters.length - 1;
  for (const [i, wanted] of part.times.entries()) {
    const there = row.times[first + i]!;
    if (there < wanted) return false;
    const goesOn = (i === 0 && part.openStart && !startsWell) || (i === end && part.openEnd && !endsWell);
    if (there === 2 && wanted === 1 && !goesOn) doubled.push(i);
    if (there > wanted && wanted > 2 && !goesOn) return false;
  }
  return doubled.length !== 1 || isOdd(part, doubled[0]!);
}

/** Letters that words of many languages hardly ever have twice in a row. */
const SELDOM_TWICE = /[aiuhjqvwxy]/;
const VOWEL = /[aeiouy]/;
/** Endings before which a consonant is doubled by rule: "rapping" has nothing to do with the word with one p. */
const ENDING = /^(?:ing|ings|ed|er|ers|y|en|in|est)$/;
const LONG = 7;

/** Whether one doubled letter makes a word that hardly anybody writes without meaning the entry. */
function isOdd({ letters }: Part, place: number): boolean {
  const text = String.fromCodePoint(...letters);
  const at = (i: number) => (i < 0 || i >= letters.length ? ' ' : String.fromCodePoint(letters[i]!));
  const [before, letter, after] = [at(place - 1), at(place), at(place + 1)];
  if (!/[a-z]/.test(letter)) return false;
  if (SELDOM_TWICE.test(letter)) return true;
  const isConsonant = (one: string) => /[a-z]/.test(one) && !VOWEL.test(one);
  if (isConsonant(letter)) {
    if (before === ' ') return letter !== 'l';
    if (isConsonant(before) || isConsonant(after)) return true;
  }
  const rest = String.fromCodePoint(...letters.slice(place + 1));
  return text.length >= LONG && after !== ' ' && !ENDING.test(rest);
}
