/** Words with `--flags` among them, as a terminal hands them over, into raw values by name. What they mean is checked later. */
import { Fault } from '../config/faults.ts';
import { Phrase, type Words } from '../config/messages.ts';

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** What the value may be, in words; a switch has none and takes no value. */
  readonly allowed?: Words;
  /** Given again, its values are one list. */
  readonly isList?: boolean;
}

export interface ParsedFlags {
  /** The words that belong to no flag. */
  readonly words: readonly string[];
  /** The value of each flag that was given; '' for a switch. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Reads `--name value`, `--name=value` and switches in any order; everything after a bare `--` is words.
 * A value that begins with two dashes must be written `--name=--value`.
 * @throws Fault `option.unknown`, `option.no_value`, `option.value`, `option.repeated`
 */
export function parseFlags(argv: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '--') {
      words.push(...argv.slice(at + 1));
      break;
    }
    if (!/^--?[a-z]/i.test(word)) {
      words.push(word);
      continue;
    }
    const { flag, inline } = readFlag(word, flags);
    const option = `--${flag.name}`;
    const before = values.get(flag.name);
    if (before !== undefined && !flag.isList) throw new Fault('option.repeated', { option });
    if (flag.allowed === undefined) {
      if (inline !== undefined)
        throw new Fault('option.value', { option, value: inline, allowed: new Phrase('allowed.no_value') });
      values.set(flag.name, '');
      continue;
    }
    const value = inline ?? argv[++at];
    if (value === undefined || (inline === undefined && value.startsWith('--'))) {
      throw new Fault('option.no_value', { option, allowed: flag.allowed });
    }
    values.set(flag.name, before === undefined ? value : `${before},${value}`);
  }
  return { words, values };
}

function readFlag(word: string, flags: readonly Flag[]): { flag: Flag; inline?: string } {
  const equals = word.indexOf('=');
  const given = equals < 0 ? word : word.slice(0, equals);
  const flag = flags.find(({ name }) => given === `--${name}`);
  if (flag === undefined) throw new Fault('option.unknown', { option: given, hint: hint(given, flags) });
  return equals < 0 ? { flag } : { flag, inline: word.slice(equals + 1) };
}

function hint(given: string, flags: readonly Flag[]): string {
  const near = nearestName(
    given,
    flags.map(({ name }) => name),
  );
  return near === undefined ? '--help lists all of them.' : `did you mean --${near}?`;
}

/** The name that was probably meant: one or two letters away. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const letters = given.replace(/^-+/, '').toLowerCase();
  return names.find((name) => distance(letters, name) <= (name.length > 4 ? 2 : 1));
}

/** The names that are most like it, the likest first: those that contain it, or that it contains, before mere likeness. */
export function nearestNames(given: string, names: readonly string[], most: number): readonly string[] {
  const letters = given.trim().toLowerCase().slice(0, LONGEST);
  const unlikeness = (name: string) => {
    const own = name.toLowerCase();
    const short = own.slice(own.lastIndexOf('/') + 1).slice(0, LONGEST);
    const isPart =
      letters.length > 1 && (own.includes(letters) || (short.length > 1 && letters.includes(short)));
    return isPart ? 0 : distance(letters, short) / Math.max(letters.length, short.length, 1);
  };
  return names
    .map((name) => ({ name, unlikeness: unlikeness(name) }))
    .sort((a, b) => a.unlikeness - b.unlikeness)
    .slice(0, most)
    .map(({ name }) => name);
}

/** Letters of a name that are compared. */
const LONGEST = 40;

/** Letters to add, drop or change to get from one word to the other (Levenshtein); words beyond 40 letters are far. */
function distance(a: string, b: string): number {
  if (a.length > 40) return a.length;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const change = row[j]! + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(change, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
