/** Deletion that can be taken back: the message vanishes at once, and is deleted when its note with Undo runs out. */
import { api } from './api.js';
import { el, find } from './elements.js';
import { announce, room, sentenceOf } from './room.js';
import { say } from './say.js';

/** Milliseconds in which it can be taken back; while the note is pointed at or focused, they do not run. */
const GRACE = 7000;

/** @typedef {import('./room.js').Message} Message */
/** @typedef {{message: Message, note: HTMLElement, undo: () => void}} Pending */

/** What is to be deleted, oldest first. @type {Map<string, Pending>} */
const pending = new Map();

/** Whether it is on its way out: then it is not shown again. @param {string} id */
export function isLeaving(id) {
  return pending.has(id);
}

/** It has changed meanwhile, or somebody else has deleted it. @param {string} id @param {Message} [now] undefined: it is gone */
export function hearOfLeaving(id, now) {
  const entry = pending.get(id);
  if (entry === undefined) return;
  if (now !== undefined) entry.message = now;
  else settle(id);
}

/** @param {Message} message */
export function removeLater(message) {
  const { id } = message;
  if (pending.has(id)) return;
  const button = el('button', { type: 'button', onclick: undo }, say('undo'));
  const note = el('div.toast', {}, el('span', {}, `${say('deleted')} ${message.facts.prompt}`), button);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const run = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void send(id), GRACE);
  };
  const wait = () => clearTimeout(timer);
  for (const event of ['pointerenter', 'focusin']) note.addEventListener(event, wait);
  for (const event of ['pointerleave', 'focusout']) note.addEventListener(event, run);

  function undo() {
    wait();
    const entry = settle(id);
    if (entry !== undefined) room.doing.put(entry.message);
  }

  pending.set(id, { message, note, undo });
  find('#toasts').append(note);
  room.doing.take(id);
  announce(`${say('deleted')} ${say('undo')}: Ctrl+Z`);
  run();
}

/** @param {string} id */
async function send(id) {
  const entry = pending.get(id);
  if (entry === undefined) return;
  entry.note.remove();
  try {
    await api.remove(id);
    settle(id);
  } catch (error) {
    settle(id);
    room.doing.put(entry.message);
    room.doing.note({ error: true, lines: [sentenceOf(error)] });
  }
}

/** @param {string} id */
function settle(id) {
  const entry = pending.get(id);
  entry?.note.remove();
  pending.delete(id);
  return entry;
}

/** What somebody wanted deleted is deleted, also when they leave before the note has run out. */
function leave() {
  for (const id of pending.keys()) {
    settle(id);
    api.removeOnLeaving(id);
  }
}

addEventListener('pagehide', leave);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') leave();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const last = [...pending.values()].at(-1);
  const typing = event.target instanceof Element && event.target.closest('input, textarea, select, dialog');
  if (last === undefined || typing) return;
  event.preventDefault();
  last.undo();
});
