/** The page's own words: what its HTML and its JavaScript say, in one language. */
import type { Language } from '../../config/languages.ts';
import { CATALOGUES, type MessageKey } from '../../config/messages.ts';

const BEGINNING = 'page.';

type WithoutBeginning<Key> = Key extends `page.${infer Word}` ? Word : never;

/** A word of the page, such as `undo`: in the catalogues `page.undo`. */
export type PageWord = WithoutBeginning<MessageKey>;

export type PageWords = Readonly<Record<PageWord, string>>;

/** As they stand in the catalogue: the page fills their places, which are all of the plain kind, `{n}`. */
export function pageWords(language: Language): PageWords {
  const words = Object.entries(CATALOGUES[language])
    .filter(([key]) => key.startsWith(BEGINNING))
    .map(([key, text]) => [key.slice(BEGINNING.length), text]);
  return Object.fromEntries(words) as PageWords;
}
