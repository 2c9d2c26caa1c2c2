/** The page's HTML in a language: `{{word}}` becomes that word, and the words that its scripts say lie in it as JSON. */
import type { Language } from '../../config/languages.ts';
import { type PageWord, pageWords } from './page-words.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** @param template `index.html`. @throws Error where it asks for a word that there is not */
export function renderPage(template: string, language: Language): string {
  const words = pageWords(language);
  const given: Readonly<Record<string, string>> = { ...words, language };
  return template
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const word = given[name as PageWord];
      if (word === undefined) throw new Error(`the page asks for the word "${name}", which no catalogue has`);
      return word.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);
    })
    .replace('[[words]]', () => JSON.stringify(words).replaceAll('<', '\\u003c'));
}
