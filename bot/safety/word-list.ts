/**
 * Words that are not allowed here, from the operator's file: one entry a line, `#` begins a remark.
 *
 * - `word` is found as a whole word, `some words` in a row, whatever stands between them
 * - `word*`, `*word`, `*word*` is found at the start, at the end, anywhere in a word
 * - `one + other` is found where both are in the text, in any order
 *
 * Case, accents, look-alike characters, unseen characters, digits for letters, stretched and s p a c e d letters make
 * no difference. There are no regular expressions: a careless one could hold the service up for minutes.
 */
import { readFileSync, statSync } from 'node:fs';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { WordFinder } from './find-words.ts';
import { leetReadings, plainLetters } from './look-alikes.ts';

export class WordList {
  /** What is looked for, blanks standing for the ends of words. */
  private readonly finder: WordFinder;
  /** Each entry: the indices of the parts that must all be there. */
  private readonly entries: readonly (readonly number[])[];

  /** @param entries each a list of parts in plain letters, ends of words marked by blanks */
  constructor(entries: readonly (readonly string[])[]) {
    const dependencies = [...new Set(entries.flat())];
    const indices = new Map(dependencies.map((part, index) => [part, index]));
    this.finder = new WordFinder(dependencies);
    this.entries = entries.map((entry) => entry.map((part) => indices.get(part)!));
  }

  /** Whether the text contains anything that is not allowed. Linear time. */
  refuses(text: string): boolean {
    if (this.entries.length === 0) return false;
    return [...readings(text)].some((reading) => {
      const found = this.finder.find(reading);
      return (
        found.size > 0 && this.entries.some((dependencies) => dependencies.every((part) => found.has(part)))
      );
    });
  }
}

/** The ways in which a text can be read, its words parted by single blanks. */
function readings(text: string): ReadonlySet<string> {
  const letters = plainLetters(text);
  const joined = letters.replace(INNER_SIGNS, '');
  const spelled = [letters, joined].flatMap((one) => [one, ...leetReadings(one)]).map(words);
  const stretched = spelled.flatMap((one) => [
    one,
    one.replace(STRETCHED, '$1$1'),
    one.replace(STRETCHED, '$1'),
  ]);
  return new Set(stretched.flatMap((one) => [one, joinSpaced(one)]));
}

/** A letter three times or more: nobody writes so unless to stretch, or to hide. */
const STRETCHED = /(\p{L})\1{2,}/gu;

/** What stands between the letters of one word: `s.e.x`. */
const INNER_SIGNS = /(?<=\p{L})[-._*~'’·]+(?=\p{L})/gu;

/** ` a b c ` of `a, b-c`: scripts that part no words are parted into characters, so that they are found anywhere. */
function words(text: string): string {
  const parted = text.replace(
    /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/gu,
    ' $& ',
  );
  return ` ${parted.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `;
}

/** ` s e x y fox ` is ` sexy fox ` as well: three single letters or more in a row are a word. */
function joinSpaced(text: string): string {
  return text.replace(/(?<= )\p{L}(?: \p{L}(?= )){2,}/gu, (letters) => letters.replaceAll(' ', ''));
}

/** @throws Fault `safety.word_list`, `settings.value` where there is no such file */
export function readWordList(file: string): WordList {
  return parseWordList(readFile(file), file);
}

/** @throws Fault `safety.word_list` */
export function parseWordList(text: string, file: string): WordList {
  const entries: string[][] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const entry = line.replace(/(^|\s)#.*$/, '').trim();
    const refuse = (problem: string) => new Fault('safety.word_list', { file, line: index + 1, problem });
    if (entry === '') continue;
    if (/^\/.*\/[a-z]*$/.test(entry)) {
      throw refuse('regular expressions are not allowed; "*" may stand before and after a word');
    }
    entries.push(entry.split(/\s\+\s/).map((part) => readPart(part.trim(), refuse)));
  }
  return new WordList(entries);
}

function readPart(part: string, refuse: (problem: string) => Fault): string {
  const inner = part.replace(/^\*|\*$/g, '');
  if (inner.includes('*')) throw refuse('"*" may stand only before and after a word');
  const plain = words(plainLetters(inner)).trim();
  if (plain === '') throw refuse('there is no word here');
  return `${part.startsWith('*') ? '' : ' '}${plain}${part.endsWith('*') ? '' : ' '}`;
}

function readFile(file: string): string {
  const refuse = (allowed: string, cause?: unknown) =>
    new Fault('settings.value', { name: 'BLOCKLIST_FILE', value: file, allowed }, cause);
  try {
    if (statSync(file).size > LIMITS.tableBytes) throw refuse('a text file of at most 1 MiB');
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof Fault ? error : refuse('a text file that can be read', error);
  }
}
