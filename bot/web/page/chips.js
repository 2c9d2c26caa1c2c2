/** Model, style, shape and number beside the prompt: what applies where the text says nothing, or what the text says. */
import { el } from './elements.js';
import { keep, recall } from './keep.js';
import { ASPECTS, room } from './room.js';
import { say } from './say.js';

const STORE = 'darkroom.chips';

/** Flags of a text by the chips that they go before. @type {Record<string, string>} */
const FLAGS = {
  model: 'model',
  style: 'style',
  aspect: 'aspect',
  ar: 'aspect',

  count: 'count',
};

/** @param {HTMLElement} row */
export function openChips(row) {
  const before = /** @type {Record<string, string>} */ (recall(localStorage, STORE) ?? {});
  /** @type {Map<string, ReturnType<typeof makeChip>>} */
  let chips = new Map();
  let text = '';

  /** Anew: somebody's own defaults, or the models that are here, may have changed. */
  function draw() {
    const { models, styles, defaults } = room.offers;
    const modelNames = models.map(({ name }) => name);
    const made = [
      makeChip('model', say('model'), modelNames, defaults.model),
      makeChip('style', say('style'), styles, defaults.style ?? 'none', defaults.style ?? say('no_style')),
      makeChip('aspect', say('shape'), ASPECTS, defaults.shape, defaults.shape ?? say('no_shape')),
      makeChip('count', say('pictures'), ['1', '2', '3', '4'], String(defaults.count)),
    ];
    for (const { chip } of chips.values()) chip.remove();
    chips = new Map(made.map((one) => [one.select.name, one]));
    row.prepend(...made.map(({ chip }) => chip));
    hear(text);
  }

  /**
   * @param {string} name @param {string} label @param {readonly string[]} names @param {unknown} usual what applies where
   * nothing is chosen @param {unknown} [shown] how that is called
   */
  function makeChip(name, label, names, usual, shown = usual) {
    const select = el(
      'select',
      { 'aria-label': label, name },
      el('option', { value: '' }, String(shown)),
      ...names
        .filter((one) => one !== usual)
        .map((one) => el('option', { value: one, selected: before[name] === one }, one)),
    );
    const said = el('b', { hidden: true });
    const chip = el('label.chip', {}, el('span', { 'aria-hidden': 'true' }, label), select, said);
    const mark = () => chip.classList.toggle('set', select.value !== '');
    select.addEventListener('change', () => {
      before[name] = select.value;
      mark();
      keep(localStorage, STORE, before);
    });
    mark();
    return { chip, select, said };
  }

  /** The text goes before what is chosen: the chip then says what it says. @param {string} now */
  function hear(now) {
    text = now;
    const typed = typedIn(now);
    for (const [name, { chip, select, said }] of chips) {
      const value = typed.get(name);
      said.textContent = value ?? '';
      said.hidden = value === undefined;
      select.hidden = value !== undefined;
      chip.classList.toggle('said', value !== undefined);
    }
  }

  /** @returns {Record<string, string>} */
  function chosen() {
    const set = [...chips.values()].map(({ select }) => select).filter(({ value }) => value !== '');
    return Object.fromEntries(set.map(({ name, value }) => [name, value]));
  }

  draw();
  return { chosen, hear, draw };
}

/** The values of a text's flags, by their chips. @param {string} text @returns {Map<string, string>} */
function typedIn(text) {
  const found = new Map();
  const words = text.split(/\s+/);
  for (const [i, word] of words.entries()) {
    if (!/^(--|—|–)/.test(word)) continue;
    const [flag = '', value = words[i + 1]] = word.replace(/^[-—–]+/, '').split('=');
    const chip = FLAGS[flag.toLowerCase()];
    if (chip !== undefined && value) found.set(chip, value);
  }
  return found;
}
