/** Model, style and shape beside the prompt: they apply where the text says nothing. */
import { el } from './elements.js';
import { keep, recall } from './keep.js';
import { ASPECTS, room } from './room.js';
import { say } from './say.js';

const STORE = 'darkroom.chips';

/** @param {HTMLElement} row */
export function openChips(row) {
  const { models, styles } = room.offers;
  const before = /** @type {Record<string, string>} */ (recall(localStorage, STORE) ?? {});
  const first = models[0]?.name ?? '';
  const offered = [
    {
      name: 'model',
      label: say('model'),
      names: models.map(({ name }) => name).filter((name) => name !== first),
      none: first,
    },
    {
      name: 'style',
      label: say('style'),
      names: styles.filter((style) => style !== 'none'),
      none: say('no_style'),
    },
    { name: 'aspect', label: say('shape'), names: ASPECTS, none: say('no_shape') },
    { name: 'count', label: say('pictures'), names: ['2', '3', '4'], none: '1' },
  ];
  const selects = offered.map(({ name, label, names, none }) => {
    const select = el(
      'select',
      { 'aria-label': label, name },
      el('option', { value: '' }, none),
      ...names.map((one) => el('option', { value: one, selected: before[name] === one }, one)),
    );
    const chip = el('label.chip', {}, el('span', { 'aria-hidden': 'true' }, label), select);
    const mark = () => chip.classList.toggle('set', select.value !== '');
    select.addEventListener('change', () => {
      mark();
      keep(localStorage, STORE, chosen());
    });
    mark();
    row.append(chip);
    return select;
  });

  /** @returns {Record<string, string>} */
  function chosen() {
    return Object.fromEntries(
      selects.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]),
    );
  }
  return { chosen };
}
