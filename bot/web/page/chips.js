/** Model, style and shape beside the prompt: they apply where the text says nothing. */
import { el } from './elements.js';
import { room } from './room.js';

const ASPECTS = ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16'];
const STORE = 'darkroom.chips';

/** @param {HTMLElement} row */
export function openChips(row) {
  const { models, styles } = room.offers;
  const before = recall();
  const offered = [
    {
      name: 'model',
      label: 'Model',
      names: models.map(({ name }) => name),
      none: `${models[0]?.name ?? 'nano'}`,
    },
    { name: 'style', label: 'Style', names: styles.filter((style) => style !== 'none'), none: 'none' },
    { name: 'aspect', label: 'Shape', names: ASPECTS, none: 'as is' },
    { name: 'count', label: 'Pictures', names: ['2', '3', '4'], none: '1' },
  ];
  const selects = offered.map(({ name, label, names, none }) => {
    const select = el(
      'select',
      { 'aria-label': label, name },
      el('option', { value: '' }, none),
      ...names
        .filter((one) => name !== 'model' || one !== none)
        .map((one) => el('option', { value: one, selected: before[name] === one }, one)),
    );
    const chip = el('label.chip', {}, el('span', { 'aria-hidden': 'true' }, label), select);
    const mark = () => chip.classList.toggle('set', select.value !== '');
    select.addEventListener('change', () => {
      mark();
      keep(chosen());
    });
    mark();
    row.append(chip);
    return select;
  });

  function chosen() {
    return Object.fromEntries(
      selects.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]),
    );
  }
  return { chosen };
}

function keep(chosen) {
  try {
    localStorage.setItem(STORE, JSON.stringify(chosen));
  } catch {
    // Then they hold until the page is closed.
  }
}

/** @returns {Record<string, string>} */
function recall() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? '{}') ?? {};
  } catch {
    return {};
  }
}
