/**
 * Words that the built-in model was never taught, read as the nearest one that it was: "husky" as "dog", "seagulls" as
 * "birds". Its list comes from its training; for no other model is anything replaced.
 */
import taught from '../../models/nano/words.json' with { type: 'json' };

const KNOWN: ReadonlySet<string> = new Set(taught.words);
const NEAREST: ReadonlyMap<string, string> = new Map(Object.entries(taught.nearest));
const PLURALS: ReadonlyMap<string, string> = new Map(Object.entries(taught.plurals));

/** Letters of one word with its apostrophes, as people write it. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;

/** Its tokenizers take words apart: a plural or genitive of a word is read as that word and an ending. */
export function formsOf(word: string): readonly string[] {
  const bare = word.normalize('NFKC').toLowerCase().replaceAll('’', "'").replace(/'s?$/, '');
  return [...new Set([bare, bare.replace(/ies$/, 'y'), bare.replace(/es$/, ''), bare.replace(/s$/, '')])];
}

export function isTaught(word: string): boolean {
  return formsOf(word).some((form) => KNOWN.has(form));
}

/** The taught word or words that stand for one that is not, in the same number; undefined where none is near. */
export function nearestTo(word: string): string | undefined {
  if (isTaught(word)) return undefined;
  const forms = formsOf(word);
  const found = forms.find((form) => NEAREST.has(form));
  if (found === undefined) return undefined;
  const near = NEAREST.get(found)!;
  return found === forms[0] ? near : (PLURALS.get(near) ?? near);
}

/** A prompt as the built-in model's encoders are given it. @param prompt weights and all */
export function readAsTaught(prompt: string): string {
  return prompt.replace(WORD, (word) => nearestTo(word) ?? word);
}
