/** The page's words, in the language that the HTML came in: they lie in it as JSON. */
import { find } from './elements.js';

/** @typedef {import('../page-words.ts').PageWord} Word */

/** @type {import('../page-words.ts').PageWords} */
const words = JSON.parse(find('#words').textContent);

/** @param {Word} word @param {Record<string, string | number>} [values] what stands in its places */
export function say(word, values = {}) {
  return words[word].replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

/** The language of the page, for times and dates. */
export const language = document.documentElement.lang;
