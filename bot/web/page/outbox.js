/** What was sent while the service was away: kept over a reload, and sent in order when the service is back. */
import { el, find, mark } from './elements.js';
import { keep, recall } from './keep.js';
import { say } from './say.js';

const STORE = 'darkroom.outbox';

/** @typedef {{text: string, chosen: Record<string, string>}} Letter `chosen.once` is by what the service knows it when it comes twice */

/**
 * @param {(letter: Letter) => Promise<'sent' | 'outage'>} send says what is refused itself
 */
export function openOutbox(send) {
  /** @type {{letter: Letter, element: HTMLElement}[]} */
  let waiting = [];
  let sending = false;

  function keepAll() {
    // Of this tab only: two tabs must not send the same.
    keep(
      sessionStorage,
      STORE,
      waiting.map(({ letter }) => letter),
    );
  }

  /** @param {Letter} letter */
  function put(letter) {
    const drop = () => take(entry);
    const element = el(
      'li.message.note.unsent',
      {},
      mark(),
      el(
        'div.body',
        { role: 'status', 'aria-label': say('to_be_sent') },
        el('p.typed', {}, letter.text),
        el(
          'div.foot',
          {},
          el('span', {}, say('to_be_sent')),
          el('button', { type: 'button', onclick: drop }, say('do_not_send')),
        ),
      ),
    );
    const entry = { letter, element };
    waiting.push(entry);
    find('#messages').append(element);
    element.scrollIntoView({ block: 'nearest' });
    keepAll();
  }

  /** @param {{letter: Letter, element: HTMLElement}} entry */
  function take(entry) {
    waiting = waiting.filter((one) => one !== entry);
    entry.element.remove();
    keepAll();
  }

  async function sendAll() {
    if (sending) return;
    sending = true;
    for (let entry = waiting[0]; entry !== undefined; entry = waiting[0]) {
      if ((await send(entry.letter)) === 'outage') break;
      take(entry);
    }
    sending = false;
  }

  const kept = recall(sessionStorage, STORE);
  if (Array.isArray(kept)) for (const letter of kept) if (typeof letter?.text === 'string') put(letter);
  return { put, sendAll };
}
