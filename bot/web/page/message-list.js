/** The list of messages: in order, with days between, at its end unless somebody has scrolled up to read. */
import { api } from './api.js';
import { el, find } from './elements.js';
import { makeCard } from './message-card.js';
import { makeNote } from './notes.js';
import { hearOfLeaving, isLeaving } from './removal.js';
import { room } from './room.js';
import { say } from './say.js';
import { fillWelcome } from './welcome.js';
import { dayName } from './words.js';

/** @typedef {import('./room.js').Message} Message */

/** Pixels from the end that still count as being there. */
const NEAR = 120;

export function openMessageList() {
  const scroller = find('#scroller');
  const list = find('#messages');
  const older = find('#older');
  const newer = find('#newer');
  const welcome = find('#welcome');
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

  /** @returns {HTMLElement[]} the messages as they stand */
  const elements = () => [...list.querySelectorAll('li')].filter(({ dataset }) => dataset.id !== undefined);

  /** Puts a message where its id belongs: ids sort by time. @param {Message} message @param {HTMLElement} element */
  function place({ id }, element) {
    const after = elements().find(({ dataset }) => (dataset.id ?? '') > id);
    if (after === undefined) list.append(element);
    else list.insertBefore(element, after);
  }

  function drawDays() {
    for (const day of list.querySelectorAll('.day')) day.remove();
    let last = '';
    for (const element of elements()) {
      const name = dayName(room.messages.get(element.dataset.id ?? '')?.at ?? Date.now());
      if (name !== last) element.before(el('li.day', {}, name));
      last = name;
    }
  }

  function drawWelcome() {
    const empty = cards.size === 0 && list.querySelector('.note') === null;
    if (empty && welcome.hidden) fillWelcome(welcome);
    welcome.hidden = !empty;
  }

  /** @param {Message} message */
  function show(message) {
    if (isLeaving(message.id)) return hearOfLeaving(message.id, message);
    room.messages.set(message.id, message);
    const card = cards.get(message.id);
    if (card !== undefined) return card.update(message);
    const made = makeCard(message);
    cards.set(message.id, made);
    place(message, made.element);
    drawDays();
    drawWelcome();
    // What it was made from counts it.
    const parent = message.origin && room.messages.get(message.origin.job);
    if (parent !== undefined) cards.get(parent.id)?.update(parent);
    if (atEnd || message.by.id === room.me.id) scrollToEnd();
    else newer.hidden = false;
  }

  /** @param {string} id */
  function remove(id) {
    const element = cards.get(id)?.element;
    room.messages.delete(id);
    if (element === undefined) return;
    const hadFocus = element.contains(document.activeElement);
    const messages = elements();
    const at = messages.indexOf(element);
    element.remove();
    cards.delete(id);
    drawDays();
    drawWelcome();
    // Whoever works without a mouse goes on beside what is gone, not at the top of the page.
    if (hadFocus) (messages[at + 1] ?? messages[at - 1] ?? find('#prompt')).focus();
  }

  /** One that had been taken away, where the list reaches back that far. @param {Message} message */
  function putBack(message) {
    const first = elements()[0]?.dataset.id;
    if (!older.hidden && first !== undefined && message.id < first) return;
    show(message);
    const element = cards.get(message.id)?.element;
    if (element?.checkVisibility()) room.doing.showMessage(message.id);
  }

  /** What has come by itself while everything was asked for anew: newer than the answer. @type {Set<string>} */
  let heard = new Set();
  /** @param {Message} message */
  function hear(message) {
    heard.add(message.id);
    show(message);
  }

  /** Everything anew: what is not there any more vanishes, the rest stays as it stands. */
  async function reload() {
    heard = new Set();
    fill(await api.messages());
  }

  /** @param {import('./api.js').Listed} listed */
  function fill({ messages, more }) {
    const oldest = messages.at(-1)?.id ?? '';
    const there = new Set(messages.map(({ id }) => id));
    for (const id of [...cards.keys()]) if (id >= oldest && !there.has(id) && !heard.has(id)) remove(id);
    for (const message of messages.reverse()) if (!heard.has(message.id)) show(message);
    older.hidden = !more;
    drawWelcome();
    if (atEnd) scrollToEnd();
  }

  older.addEventListener('click', async () => {
    const first = elements()[0]?.dataset.id;
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
    const element = makeNote(note);
    list.append(element);
    drawWelcome();
    scrollToEnd();
    return element;
  };
  room.doing.showMessage = (id) => {
    const element = cards.get(id)?.element;
    if (element === undefined) {
      room.doing.note({ lines: [say('far_up')] });
      return;
    }
    element.scrollIntoView({ block: 'center', behavior: 'smooth' });
    element.focus({ preventScroll: true });
  };
  return {
    putBack,
    hear,
    remove,
    /** @param {string} id */
    hearRemoved(id) {
      hearOfLeaving(id);
      remove(id);
    },
    fill,
    reload,
  };
}
