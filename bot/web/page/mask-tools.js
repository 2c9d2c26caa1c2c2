/** The row of tools above the stage, and the keys that do the same. */
import { el, icon } from './elements.js';
import { say } from './say.js';

/** @typedef {'brush' | 'eraser' | 'hand'} Tool */
/** @typedef {import('./elements.js').Icon} Icon */
/** @typedef {import('./say.js').Word} Word */

/**
 * @typedef {object} Deeds what the row's buttons do
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} invert
 * @property {() => void} clear
 * @property {() => void} fit
 * @property {(factor: number) => void} zoom
 */

/** Of the picture's longer side: the smallest, the first and the largest brush. */
const SIZES = { smallest: 0.01, first: 0.1, largest: 0.5 };
/** From one size to the next. */
const LARGER = 1.2;
const CLOSER = 1.25;

/** @type {Readonly<Record<Tool, {word: Word, look: Icon, key: string}>>} */
const TOOLS = {
  brush: { word: 'brush', look: 'brush', key: 'b' },
  eraser: { word: 'eraser', look: 'eraser', key: 'e' },
  hand: { word: 'hand', look: 'hand', key: 'h' },
};

/**
 * @param {number} longest pixels of the picture's longer side
 * @param {Deeds} deeds
 * @param {() => void} changed another tool, or another size
 */
export function openTools(longest, deeds, changed) {
  /** @type {Tool} */
  let tool = 'brush';
  const range = el('input', {
    type: 'range',
    min: Math.log(SIZES.smallest),
    max: Math.log(SIZES.largest),
    step: '0.01',
    value: Math.log(SIZES.first),
    'aria-label': say('brush_size'),
    oninput: () => changed(),
  });
  const size = () => Math.max(1, longest * Math.exp(Number(range.value)));

  const choices = /** @type {Tool[]} */ (Object.keys(TOOLS)).map((name) => {
    const { word, look, key } = TOOLS[name];
    return press(word, look, key, () => choose(name));
  });
  const undo = press('undo', 'undo', 'Ctrl+Z', deeds.undo);
  const redo = press('redo', 'redo', 'Ctrl+Y', deeds.redo);

  /** @param {Tool} name */
  function choose(name) {
    tool = name;
    mark();
    changed();
  }

  function mark() {
    for (const [i, one] of Object.keys(TOOLS).entries())
      choices[i]?.setAttribute('aria-pressed', String(one === tool));
  }

  /** @param {1 | -1} by */
  function resize(by) {
    range.value = String(Number(range.value) + by * Math.log(LARGER));
    changed();
  }

  /** What each key does; a letter counts in either case. @type {Readonly<Record<string, () => void>>} */
  const keys = {
    ...Object.fromEntries(
      Object.entries(TOOLS).map(([name, { key }]) => [key, () => choose(/** @type {Tool} */ (name))]),
    ),
    '[': () => resize(-1),
    ']': () => resize(1),
    i: deeds.invert,
    delete: deeds.clear,
    0: deeds.fit,
    '+': () => deeds.zoom(CLOSER),
    '=': () => deeds.zoom(CLOSER),
    '-': () => deeds.zoom(1 / CLOSER),
  };

  mark();
  return {
    row: el(
      'div.tools',
      { role: 'toolbar', 'aria-label': say('tools') },
      ...choices,
      el('label.size', {}, el('span', {}, say('brush_size')), range),
      undo,
      redo,
      press('invert', 'invert', 'I', deeds.invert),
      press('clear_mask', 'clear', 'Delete', deeds.clear),
      press('zoom_out', 'minus', '-', () => deeds.zoom(1 / CLOSER)),
      press('zoom_in', 'plus', '+', () => deeds.zoom(CLOSER)),
      press('fit', 'fit', '0', deeds.fit),
    ),
    tool: () => tool,
    /** Pixels of the picture that the brush is wide. */
    size,
    /** @param {boolean} canUndo @param {boolean} canRedo */
    show(canUndo, canRedo) {
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
    /** @param {KeyboardEvent} event @returns whether the key was one of these */
    key(event) {
      const key = event.key.toLowerCase();
      const held = event.ctrlKey || event.metaKey;
      const does = held ? { z: event.shiftKey ? deeds.redo : deeds.undo, y: deeds.redo }[key] : keys[key];
      if (does === undefined || event.altKey) return false;
      event.preventDefault();
      does();
      return true;
    },
  };
}

/** @param {Word} word @param {Icon} look @param {string} key @param {() => void} does */
function press(word, look, key, does) {
  const label = say(word);
  const title = `${label} (${key.length === 1 ? key.toUpperCase() : key})`;
  return el(
    'button.icon-button',
    { type: 'button', 'data-tool': word, title, 'aria-label': label, onclick: does },
    icon(look),
  );
}
