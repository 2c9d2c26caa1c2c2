/** Which LoRA files, and how much of each: one row a file. */
import { el, icon } from './elements.js';
import { say } from './say.js';

/** @typedef {{name: string, strength: number}} Lora */

/** As many as a request may have. */
const MOST = 8;

/**
 * @param {readonly string[]} names of the files that there are
 * @param {Lora[]} loras those that are chosen; changed in place
 * @param {() => void} changed
 */
export function openLoraRows(names, loras, changed) {
  const rows = el('div.loras');
  const add = el('button.action', { type: 'button', onclick: addOne }, icon('plus'), say('add_lora'));

  function addOne() {
    const free = names.find((name) => !loras.some((lora) => lora.name === name)) ?? names[0];
    if (free !== undefined) loras.push({ name: free, strength: 1 });
    draw();
    const last = rows.querySelector('.lora:last-child select');
    if (last instanceof HTMLElement) last.focus();
    changed();
  }

  function draw() {
    rows.replaceChildren(...loras.map(row));
    add.disabled = loras.length >= MOST;
  }

  /** @param {Lora} lora */
  function row(lora) {
    const select = el(
      'select',
      {
        'aria-label': say('lora'),
        onchange: () => {
          lora.name = select.value;
          label();
          changed();
        },
      },
      ...names.map((name) => el('option', { value: name, selected: name === lora.name }, name)),
    );
    const figure = el('output', {}, lora.strength.toFixed(2));
    const range = el('input', {
      type: 'range',
      min: '-1',
      max: '2',
      step: '0.05',
      value: lora.strength,
      oninput: () => {
        lora.strength = Number(range.value);
        figure.textContent = lora.strength.toFixed(2);
        changed();
      },
    });
    const remove = el(
      'button.icon-button',
      {
        type: 'button',
        onclick: () => {
          loras.splice(loras.indexOf(lora), 1);
          draw();
          changed();
        },
      },
      icon('close'),
    );
    /** What the row's controls are called names its file, which may become another. */
    function label() {
      range.setAttribute('aria-label', say('lora_strength', { name: lora.name }));
      remove.setAttribute('aria-label', say('remove_lora', { name: lora.name }));
    }
    label();
    return el('div.lora', {}, select, range, figure, remove);
  }

  draw();
  return el('div', {}, rows, add);
}
