/** Finds tokens that stand in a text as they are (`</s>`, `<extra_id_0>`) before anything else looks at it. */
import { trimEnd, trimStart } from './unicode.ts';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Swallows white space before or after it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Only where no word character touches it. */
  readonly single_word: boolean;
}

/** A token's id, or a stretch of text and where it began. */
export type Section = { readonly id: number } | { readonly text: string; readonly offset: number };

/** @returns the function that cuts a text; the longest of several tokens at one place wins. Empty texts are left out. */
export function createSectioner(tokens: readonly AddedToken[]): (text: string) => Section[] {
  const byContent = new Map(tokens.filter((t) => t.content !== '').map((t) => [t.content, t]));
  if (byContent.size === 0) return (text) => (text === '' ? [] : [{ text, offset: 0 }]);
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(literally).join('|'), 'gu');

  return (text) => {
    const sections: Section[] = [];
    let offset = 0;
    let stripStart = false;
    const addText = (end: number, stripEnd: boolean) => {
      let part = text.slice(offset, end);
      if (stripStart) part = trimStart(part);
      if (stripEnd) part = trimEnd(part);
      if (part !== '') sections.push({ text: part, offset });
    };
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0])!;
      const end = match.index + match[0].length;
      if (token.single_word && touchesWord(text, match.index, end)) continue;
      addText(match.index, token.lstrip);
      sections.push({ id: token.id });
      offset = end;
      stripStart = token.rstrip;
    }
    addText(text.length, false);
    return sections;
  };
}

const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]$/u;
const WORD_AFTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u;

function touchesWord(text: string, start: number, end: number): boolean {
  return (
    WORD_BEFORE.test(text.slice(Math.max(0, start - 2), start)) || WORD_AFTER.test(text.slice(end, end + 2))
  );
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
