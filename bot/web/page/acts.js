/** What buttons do. Refusals come back as notes that only the asker sees. */
import { api } from './api.js';
import { el } from './elements.js';
import { removeLater } from './removal.js';
import { room, sentenceOf } from './room.js';
import { say } from './say.js';

/** @typedef {import('./room.js').Action} Action */
/** @typedef {import('./room.js').Message} Message */

/** @param {Action} action @param {Message} message @param {HTMLElement} button */
export function act(action, message, button) {
  if (action === 'remix') room.doing.openRemix(message);
  else if ((action === 'vary' || action === 'pick') && message.pictures.length > 1)
    pickPicture(action, message, button, (i) => void run(action, message, button, i + 1));
  else void run(action, message, button);
}

/**
 * @param {Action} action
 * @param {Message} message
 * @param {HTMLElement} [button]
 * @param {number} [picture] from 1
 */
export async function run(action, message, button, picture) {
  if (action === 'delete') return removeLater(message);
  if (button?.getAttribute('aria-busy') === 'true') return;
  button?.setAttribute('aria-busy', 'true');
  try {
    await api.act(message.id, action, picture);
    if (action !== 'cancel') room.doing.scrollToEnd();
  } catch (error) {
    room.doing.note({ error: true, lines: [sentenceOf(error)] });
  } finally {
    button?.removeAttribute('aria-busy');
  }
}

/**
 * Which picture of a batch is meant: at once where there is one.
 * @param {string} what it is meant for @param {Message} message @param {HTMLElement} button
 * @param {(index: number) => void} then from 0
 */
export function pickPicture(what, message, button, then) {
  if (message.pictures.length === 1) return then(0);
  const open = /** @type {HTMLElement | null | undefined} */ (
    button.closest('.under')?.querySelector('.picker')
  );
  open?.remove();
  if (open?.dataset.for === what) return;
  const picker = el(
    'div.picker',
    { role: 'group', 'data-for': what, 'aria-label': say('which_picture') },
    say('which'),
  );
  for (const [i] of message.pictures.entries()) {
    const onclick = () => {
      picker.remove();
      then(i);
    };
    const label = say('picture_number', { n: i + 1 });
    picker.append(el('button.action', { type: 'button', 'aria-label': label, onclick }, String(i + 1)));
  }
  button.closest('.actions')?.after(picker);
  picker.querySelector('button')?.focus();
}
