/** Forms above the page. Escape and Back close them, and the focus returns to where it was. */
import { closeOnBack } from './back.js';
import { el, icon } from './elements.js';
import { sentenceOf } from './room.js';
import { say } from './say.js';

/** @typedef {import('./elements.js').Child} Child */

/**
 * @param {string} title
 * @param {...Child} children
 */
export function openSheet(title, ...children) {
  const dialog = makeSheet(
    title,
    el(
      'button.icon-button',
      { type: 'button', 'aria-label': say('close'), onclick: () => dialog.close() },
      icon('close'),
    ),
    ...children,
  );
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  closeOnBack(dialog);
  return dialog;
}

/**
 * One that stays until it closes itself.
 * @param {string} title
 * @param {...Child} children
 */
export function openGate(title, ...children) {
  const dialog = makeSheet(title, undefined, ...children);
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  return dialog;
}

let sheets = 0;

/** @param {string} title @param {Child} corner @param {...Child} children */
function makeSheet(title, corner, ...children) {
  const id = `sheet-${++sheets}`;
  const dialog = el(
    'dialog.sheet',
    { 'aria-labelledby': id },
    el('div.top', {}, el('h2', { id }, title), corner),
    ...children,
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A form whose refusal is shown in place.
 * @param {Child[]} fields
 * @param {string} verb what its button says
 * @param {(values: Record<string, string>) => Promise<unknown>} send
 */
export function makeForm(fields, verb, send) {
  const problem = el('p.problem', { role: 'alert', hidden: true });
  const button = el('button.action.accent', { type: 'submit' }, verb);
  const form = el('form', {}, el('div.fields', {}, ...fields), problem, el('div.buttons', {}, button));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send(textsOf(form));
      form.closest('dialog')?.close();
    } catch (error) {
      problem.textContent = sentenceOf(error);
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return form;
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function textsOf(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** @param {string} label @param {HTMLElement} control @param {string} [hint] @param {boolean} [wide] */
export function field(label, control, hint, wide = false) {
  return el(`label${wide ? '.wide' : ''}`, {}, label, control, hint !== undefined && el('small', {}, hint));
}
