/** What buttons and reactions do. Refusals come back as notes that only the asker sees. */
import { api } from './api.js';
import { el } from './elements.js';
import { announce, room } from './room.js';

/**
 * @param {string} action
 * @param {import('./room.js').Message} message
 * @param {HTMLElement} button
 */
export function act(action, message, button) {
  if (action === 'remix') return room.doing.openRemix(message);
  if (action === 'vary' && message.pictures.length > 1) return pickPicture(message, button);
  return run(action, message, button);
}

/** @param {string} action @param {import('./room.js').Message} message @param {HTMLElement} button */
export function react(action, message, button) {
  return run(action, message, button);
}

/**
 * @param {string} action
 * @param {import('./room.js').Message} message
 * @param {HTMLElement} [button]
 * @param {number} [picture] from 1
 */
export async function run(action, message, button, picture) {
  if (button?.getAttribute('aria-busy') === 'true') return;
  button?.setAttribute('aria-busy', 'true');
  try {
    if (action === 'delete') {
      await api.remove(message.id);
      announce('Deleted.');
    } else {
      await api.act(message.id, action, picture);
      if (action !== 'cancel') room.doing.scrollToEnd();
    }
  } catch (error) {
    room.doing.note({ error: true, lines: [error.message] });
  } finally {
    button?.removeAttribute('aria-busy');
  }
}

/** Which picture of a batch is to be varied. */
function pickPicture(message, button) {
  const row = button.closest('.under');
  const open = row?.querySelector('.picker');
  if (open) return open.remove();
  const picker = el('div.picker', { role: 'group', 'aria-label': 'Which picture' }, 'Which one?');
  for (const [i] of message.pictures.entries()) {
    picker.append(
      el(
        'button.action',
        {
          type: 'button',
          'aria-label': `Picture ${i + 1}`,
          onclick: () => {
            picker.remove();
            void run('vary', message, button, i + 1);
          },
        },
        String(i + 1),
      ),
    );
  }
  button.closest('.actions')?.after(picker);
  picker.querySelector('button')?.focus();
}
