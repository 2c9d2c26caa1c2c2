/** The line at the bottom: types, recalls, sends. Enter sends; Shift and Enter begin a new line. */

import { api } from './api.js';
import { openAttachment } from './attachment.js';
import { openChips } from './chips.js';
import { icon } from './elements.js';
import { room } from './room.js';
import { openSuggestions } from './suggest.js';

const KEPT = 50;
const STORE = 'darkroom.typed';

export function openComposer() {
  const form = document.querySelector('#composer');
  const prompt = document.querySelector('#prompt');
  const send = document.querySelector('#send');
  send.append(icon('send'));
  const attachment = openAttachment(form);
  const chips = openChips(document.querySelector('#chips'));
  const suggestions = openSuggestions(prompt, grow);
  const past = recall();
  /** Which line of the past is shown; beyond the last: what is being typed. */
  let at = past.length;
  let draft = '';

  function grow() {
    prompt.style.height = 'auto';
    prompt.style.height = `${prompt.scrollHeight}px`;
    send.disabled = prompt.value.trim() === '';
  }

  function fill(text) {
    prompt.value = text;
    prompt.setSelectionRange(text.length, text.length);
    grow();
    prompt.focus();
  }

  /** @param {-1 | 1} by */
  function browse(by) {
    if (at + by < 0 || at + by > past.length) return;
    if (at === past.length) draft = prompt.value;
    at += by;
    fill(at === past.length ? draft : past[at]);
  }

  function keep(text) {
    if (past.at(-1) !== text) past.push(text);
    past.splice(0, past.length - KEPT);
    at = past.length;
    try {
      localStorage.setItem(STORE, JSON.stringify(past));
    } catch {
      // Storage is full or switched off: recalled until the page is closed, then.
    }
  }

  /** @param {string} text @param {File} [image] */
  async function type(text, image) {
    try {
      const { reply } = await api.command(text, isImagine(text) ? chosen(image) : {}, image);
      if (reply !== undefined) room.doing.note({ typed: text, ...reply });
      else room.doing.showView('chat');
      return true;
    } catch (error) {
      room.doing.note({ typed: text, error: true, lines: [error.message] });
      return false;
    }
  }

  function chosen(image) {
    return { ...chips.chosen(), ...(image === undefined ? {} : { strength: attachment.strength() }) };
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = prompt.value.trim();
    if (text === '') return;
    const image = isImagine(text) ? attachment.file() : undefined;
    suggestions.close();
    keep(text);
    prompt.value = '';
    draft = '';
    grow();
    if (await type(text, image)) {
      if (image !== undefined) attachment.clear();
    } else if (prompt.value === '') fill(text);
  });

  prompt.addEventListener('input', () => {
    at = past.length;
    grow();
    suggestions.look();
  });
  prompt.addEventListener('blur', () => suggestions.close());
  prompt.addEventListener('keydown', (event) => {
    if (event.isComposing || suggestions.key(event)) return;
    const oneLine = !prompt.value.includes('\n');
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === 'ArrowUp' && (oneLine || prompt.selectionStart === 0)) {
      event.preventDefault();
      browse(-1);
    } else if (event.key === 'ArrowDown' && at < past.length && oneLine) {
      event.preventDefault();
      browse(1);
    } else if (event.key === 'Escape') prompt.blur();
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select, dialog');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    room.doing.showView('chat');
    prompt.focus();
  });

  room.doing.fill = fill;
  room.doing.type = type;
  grow();
  // On a phone it would bring the keyboard up over the pictures.
  if (matchMedia('(pointer: fine)').matches) prompt.focus({ preventScroll: true });
}

/** @param {string} text */
function isImagine(text) {
  return !text.startsWith('/') || /^\/imagine(\s|$)/i.test(text);
}

/** @returns {string[]} */
function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
