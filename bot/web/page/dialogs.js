/** Forms above the page. Escape closes them, and the focus returns to where it was. */
import { el, icon } from './elements.js';

/**
 * @param {string} title
 * @param {...any} children
 * @returns {HTMLDialogElement}
 */
export function openSheet(title, ...children) {
  const id = `sheet-${title.replace(/\W+/g, '-').toLowerCase()}`;
  const dialog = el(
    'dialog.sheet',
    { 'aria-labelledby': id },
    el(
      'div.top',
      {},
      el('h2', { id }, title),
      el(
        'button.icon-button',
        { type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
        icon('close'),
      ),
    ),
    ...children,
  );
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A form whose refusal is shown in place.
 * @param {any[]} fields
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
      await send(Object.fromEntries(new FormData(form)));
      form.closest('dialog')?.close();
    } catch (error) {
      problem.textContent = error.message;
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

/** @param {string} label @param {any} control @param {string} [hint] @param {boolean} [wide] */
export function field(label, control, hint, wide = false) {
  return el(`label${wide ? '.wide' : ''}`, {}, label, control, hint !== undefined && el('small', {}, hint));
}
