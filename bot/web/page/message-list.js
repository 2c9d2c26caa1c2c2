/** The list of messages: in order, with days between, at its end unless somebody has scrolled up to read. */
import { api } from './api.js';
import { el } from './elements.js';
import { makeCard } from './message-card.js';
import { fillWelcome, makeNote } from './notes.js';
import { room } from './room.js';
import { dayName } from './words.js';

/** Pixels from the end that still count as being there. */
const NEAR = 120;

export function openMessageList() {
  const scroller = document.querySelector('#scroller');
  const list = document.querySelector('#messages');
  const older = document.querySelector('#older');
  const newer = document.querySelector('#newer');
  const welcome = document.querySelector('#welcome');
  /** @type {Map<string, ReturnType<typeof makeCard>>} */
  const cards = new Map();
  let atEnd = true;

  const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  function scrollToEnd() {
    scroller.scrollTop = welcome.hidden ? scroller.scrollHeight : 0;
    atEnd = true;
    newer.hidden = true;
  }
  scroller.addEventListener('scroll', () => {
    atEnd = isAtEnd();
    if (atEnd) newer.hidden = true;
  });
  // The keyboard of a phone, a growing prompt: whatever changes the room, the end stays in sight.
  new ResizeObserver(() => atEnd && scrollToEnd()).observe(scroller);
  new ResizeObserver(() => atEnd && scrollToEnd()).observe(list);
  newer.addEventListener('click', scrollToEnd);

  /** Puts a message where its id belongs: ids sort by time. */
  function place(message, element) {
    const after = [...list.querySelectorAll('[data-id]')].find((one) => one.dataset.id > message.id);
    if (after === undefined) list.append(element);
    else list.insertBefore(element, after);
  }

  function drawDays() {
    for (const day of list.querySelectorAll('.day')) day.remove();
    let last = '';
    for (const element of list.querySelectorAll('[data-id]')) {
      const name = dayName(room.messages.get(element.dataset.id)?.at ?? Date.now());
      if (name !== last) element.before(el('li.day', { role: 'separator' }, name));
      last = name;
    }
  }

  function drawWelcome() {
    const empty = cards.size === 0 && list.querySelector('.note') === null;
    if (empty && welcome.hidden) fillWelcome(welcome);
    welcome.hidden = !empty;
  }

  /** @param {import('./room.js').Message} message */
  function show(message) {
    room.messages.set(message.id, message);
    const card = cards.get(message.id);
    if (card !== undefined) return card.update(message);
    const made = makeCard(message);
    cards.set(message.id, made);
    place(message, made.element);
    drawDays();
    drawWelcome();
    const parent = message.origin && room.messages.get(message.origin.job);
    if (parent !== undefined) cards.get(parent.id)?.update(parent);
    if (atEnd || message.by.id === room.me.id) scrollToEnd();
    else newer.hidden = false;
  }

  /** @param {string} id */
  function remove(id) {
    const element = cards.get(id)?.element;
    const hadFocus = element?.contains(document.activeElement);
    const messages = [...list.querySelectorAll('[data-id]')];
    const at = messages.indexOf(element);
    room.messages.delete(id);
    element?.remove();
    cards.delete(id);
    drawDays();
    drawWelcome();
    // Whoever works without a mouse goes on beside what is gone, not at the top of the page.
    if (hadFocus) (messages[at + 1] ?? messages[at - 1] ?? document.querySelector('#prompt'))?.focus();
  }

  /** What has come by itself while everything was asked for anew: newer than the answer. */
  let heard = new Set();
  function hear(message) {
    heard.add(message.id);
    show(message);
  }

  /** Everything anew: what is not there any more vanishes, the rest stays as it stands. */
  async function reload() {
    heard = new Set();
    const { messages, more } = await api.messages();
    const oldest = messages.at(-1)?.id ?? '';
    const there = new Set(messages.map(({ id }) => id));
    for (const id of [...cards.keys()]) if (id >= oldest && !there.has(id) && !heard.has(id)) remove(id);
    for (const message of messages.reverse()) if (!heard.has(message.id)) show(message);
    older.hidden = !more;
    drawWelcome();
    if (atEnd) scrollToEnd();
  }

  older.addEventListener('click', async () => {
    const first = list.querySelector('[data-id]')?.dataset.id;
    const height = scroller.scrollHeight;
    const { messages, more } = await api.messages(first);
    atEnd = false;
    for (const message of messages) show(message);
    newer.hidden = true;
    older.hidden = !more;
    scroller.scrollTop += scroller.scrollHeight - height;
  });

  room.doing.scrollToEnd = scrollToEnd;
  room.doing.note = (note) => {
    list.append(makeNote(note));
    drawWelcome();
    scrollToEnd();
  };
  room.doing.showMessage = (id) => {
    const element = cards.get(id)?.element;
    if (element === undefined)
      return room.doing.note({ lines: ['That picture is further up, or was deleted.'] });
    element.scrollIntoView({ block: 'center', behavior: 'smooth' });
    element.focus({ preventScroll: true });
  };
  return { show: hear, remove, reload };
}
