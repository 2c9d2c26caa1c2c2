/** Two pictures side by side, and what made the one beside what made the other. */
import { el } from './elements.js';
import { recipeOf } from './recipe.js';
import { say } from './say.js';

/** @typedef {import('./room.js').Message} Message */
/** @typedef {{message: Message, picture: Message['pictures'][number], i: number}} Slide one picture, and which of its message's, from 0 */

/** @param {readonly Slide[]} slides */
export function sideBySide(slides) {
  return el(
    'div.pair',
    {},
    ...slides.map(({ message: { facts }, picture }, at) =>
      el(
        'figure',
        {},
        el('img', { src: picture.url, alt: facts.prompt }),
        el('figcaption', {}, say('picture_number', { n: at + 1 })),
      ),
    ),
  );
}

/** Every value of both; those that are not the same stand out. @param {Slide} left @param {Slide} right */
export function differences(left, right) {
  const [first, second] = [left, right].map(({ message }) => {
    return new Map([[say('prompt'), message.facts.prompt], ...recipeOf(message)]);
  });
  const names = new Set([...(first?.keys() ?? []), ...(second?.keys() ?? [])]);
  return el(
    'table.differences',
    {},
    el('caption.hidden', {}, say('compare')),
    el('thead', {}, el('tr', {}, el('td'), ...[1, 2].map((n) => column(say('picture_number', { n }))))),
    el(
      'tbody',
      {},
      ...[...names].map((name) => {
        const [a, b] = [first?.get(name) ?? '', second?.get(name) ?? ''];
        const row = a === b ? 'tr' : 'tr.differs';
        return el(row, {}, el('th', { scope: 'row' }, name), el('td', {}, a), el('td', {}, b));
      }),
    ),
  );
}

/** @param {string} label */
function column(label) {
  return el('th', { scope: 'col' }, label);
}
