/**
 * Words that are not allowed here, from the operator's file: one entry a line, `#` begins a remark.
 *
 * - `word` is found as a whole word, `some words` in a row, whatever stands between them
 * - `word*`, `*word`, `*word*` is found at the start, at the end, anywhere in a word
 * - `one + other` is found where both are in the text, in any order
 *
 * Case, accents, look-alike, turned and unseen characters, digits and signs for letters or between them, stretched,
 * doubled and s p a c e d letters make no difference; `docs/safety.md` says what still gets through. There are no regular expressions: a careless one could hold the service up for minutes.
 */
import { readFileSync, statSync } from 'node:fs';
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { WordFinder } from './find-words.ts';
import { type Row, rowsOf } from './letters-in-a-row.ts';
import { isThere, type Part, partOf } from './match-word.ts';
import { plainForms, plainReadings } from './plain-letters.ts';
import { spellings } from './spellings.ts';

/** Each part in its forms, of which one must be there. */
type Entry = readonly (readonly Part[])[];

export class WordList {
  private readonly finder: WordFinder;
  private readonly parts: readonly Part[];
  /** Each entry: its parts, of each of which one form must be there, by their indices. */
  private readonly entries: readonly (readonly (readonly number[])[])[];

  constructor(entries: readonly Entry[]) {
    const parts: Part[] = [];
    this.entries = entries.map((entry) => entry.map((forms) => forms.map((part) => parts.push(part) - 1)));
    this.parts = parts;
    this.finder = new WordFinder(parts.map(({ letters }) => letters));
  }

  /** Whether the text contains anything that is not allowed. Linear time. */
  refuses(text: string): boolean {
    if (this.entries.length === 0) return false;
    for (const row of rows(text)) {
      const found = this.find(row);
      if (found.size === 0) continue;
      const isFound = (forms: readonly number[]) => forms.some((form) => found.has(form));
      if (this.entries.some((parts) => parts.every(isFound))) return true;
    }
    return false;
  }

  /** Indices of the parts that are in a row. */
  private find(row: Row): Set<number> {
    const found = new Set<number>();
    this.finder.walk(row.letters.subarray(0, row.length), (index, last) => {
      if (!found.has(index) && isThere(this.parts[index]!, row, last)) found.add(index);
    });
    return found;
  }
}

/** The ways in which a text can be read. */
function* rows(text: string): Iterable<Row> {
  for (const reading of plainReadings(text)) {
    for (const spelling of spellings(reading)) yield* rowsOf(spelling);
  }
}

/** @throws Fault `safety.word_list`, `settings.value` where there is no such file */
export function readWordList(file: string): WordList {
  return parseWordList(readFile(file), file);
}

/** @throws Fault `safety.word_list` */
export function parseWordList(text: string, file: string): WordList {
  const entries: Entry[] = [];
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

function readPart(part: string, refuse: (problem: string) => Fault): Part[] {
  const inner = part.replace(/^\*|\*$/g, '');
  if (inner.includes('*')) throw refuse('"*" may stand only before and after a word');
  const [openStart, openEnd] = [part.startsWith('*'), part.endsWith('*')];
  const forms = plainForms(inner).flatMap((form) => partOf(form, openStart, openEnd) ?? []);
  if (forms.length === 0) throw refuse('there is no word here');
  return forms;
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
