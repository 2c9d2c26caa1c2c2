/**
 * A text as a row of letters with how often each is repeated, in which entries of the list are looked for. There are
 * two ways to make one: words as they are, and words joined over what was put between their letters.
 */
import { BLANK, FIGURE, kindOf, LETTER, PARTED, SIGN } from './kinds-of-characters.ts';

export interface Row {
  readonly length: number;
  /** Code points, repeated letters once; blanks between words. */
  readonly letters: Uint32Array;
  /** How often each is repeated. */
  readonly times: Uint32Array;
  /** `BEGINS` and `ENDS`, added, where a word or a piece of a joined word does. */
  readonly edges: Uint8Array;
  /** Whether pieces were joined: then an entry must keep to where pieces begin or end. */
  readonly joined: boolean;
}

export const BEGINS = 1;
export const ENDS = 2;

/** What stands between a piece and the one before: nothing, something with a blank, or only signs. */
const NOTHING = 0;
const BLANKS = 1;
const SIGNS = 2;

/** Letters or figures in a row; scripts that part no words are parted into characters, so that they are found anywhere. */
interface Pieces {
  readonly codes: Uint32Array;
  readonly count: number;
  /** Places of the first character, and behind the last. */
  readonly starts: Uint32Array;
  readonly stops: Uint32Array;
  readonly bonds: Uint8Array;
  /** 1 for one letter, or the same one again and again. */
  readonly singles: Uint8Array;
}

/** The text as it is, and, if anything in it can be joined, joined: over signs (`gro/bi🦊an`) and, where three single
 * letters or more follow each other, over blanks as well (`g r o b i a n`). @param text of `plainReadings` */
export function rowsOf(text: string): Row[] {
  const pieces = piecesOf(text);
  const plain = rowOf(pieces, false);
  return joinSingles(pieces) ? [plain, rowOf(pieces, true)] : [plain];
}

/** @returns whether anything is joined */
function joinSingles({ count, bonds, singles }: Pieces): boolean {
  let found = false;
  for (let i = 0; i < count; i++) {
    const isBetween = bonds[i] === BLANKS && i > 0 && singles[i] === 1 && singles[i - 1] === 1;
    if (isBetween && (singles[i - 2] === 1 || singles[i + 1] === 1)) bonds[i] = SIGNS;
    if (bonds[i] === SIGNS) found = true;
  }
  return found;
}

function piecesOf(text: string): Pieces {
  const codes = codesOf(text);
  const { length } = codes;
  const pieces = {
    codes,
    count: 0,
    starts: new Uint32Array(length),
    stops: new Uint32Array(length),
    bonds: new Uint8Array(length),
    singles: new Uint8Array(length + 1),
  };
  let before = 0;
  let sawBlank = false;
  let sawSign = false;
  for (let i = 0; i < length; ) {
    const kind = kindOf(codes[i]!);
    if (kind === BLANK || kind === SIGN) {
      if (kind === BLANK) sawBlank = true;
      else sawSign = true;
      i++;
      continue;
    }
    let stop = i + 1;
    let isSingle = kind === LETTER;
    while (kind !== PARTED && stop < length && kindOf(codes[stop]!) === kind) {
      if (codes[stop] !== codes[i]) isSingle = false;
      stop++;
    }
    const n = pieces.count++;
    pieces.starts[n] = i;
    pieces.stops[n] = stop;
    pieces.singles[n] = isSingle ? 1 : 0;
    pieces.bonds[n] = bondOf(before, kind, sawBlank, sawSign);
    before = kind;
    sawBlank = false;
    sawSign = false;
    i = stop;
  }
  return pieces;
}

function bondOf(before: number, kind: number, sawBlank: boolean, sawSign: boolean): number {
  if (sawSign && !sawBlank && before === LETTER && kind === LETTER) return SIGNS;
  const isWord = (one: number) => one === LETTER || one === FIGURE;
  return !sawBlank && !sawSign && isWord(before) && isWord(kind) ? NOTHING : BLANKS;
}

function codesOf(text: string): Uint32Array {
  const codes = new Uint32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; count++) {
    const code = text.codePointAt(i)!;
    codes[count] = code;
    i += code > 0xffff ? 2 : 1;
  }
  return codes.subarray(0, count);
}

function rowOf({ codes, count, starts, stops, bonds }: Pieces, joined: boolean): Row {
  const room = codes.length + count + 2;
  const letters = new Uint32Array(room);
  const times = new Uint32Array(room);
  const edges = new Uint8Array(room);
  let last = -1;
  const add = (letter: number) => {
    last++;
    letters[last] = letter;
    times[last] = 1;
  };
  for (let n = 0; n < count; n++) {
    const bond = bonds[n]!;
    if (bond === BLANKS || (bond === SIGNS && !joined)) add(BLANK);
    if (bond === NOTHING) edges[last]! &= BEGINS;
    let isFirst = bond !== NOTHING;
    for (let i = starts[n]!; i < stops[n]!; i++) {
      const letter = codes[i]!;
      if (letters[last] === letter && kindOf(letter) === LETTER) times[last]!++;
      else {
        add(letter);
        if (isFirst) edges[last]! |= BEGINS;
      }
      isFirst = false;
    }
    edges[last]! |= ENDS;
  }
  add(BLANK);
  return { length: last + 1, letters, times, edges, joined };
}
