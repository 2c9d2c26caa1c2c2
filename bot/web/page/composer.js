/** The line at the bottom: types, recalls, sends. Enter sends; Shift and Enter begin a new line. */
import { ApiError, api } from './api.js';
import { openAttachment } from './attachment.js';
import { openChips } from './chips.js';
import { find, findA, icon } from './elements.js';
import { openTypingHistory } from './history-of-typing.js';
import { keep, recall } from './keep.js';
import { openMore } from './more.js';
import { openOutbox } from './outbox.js';
import { room, sentenceOf } from './room.js';
import { openSuggestions } from './suggest.js';

/** What is typed and not sent yet survives a reload. */
const DRAFT = 'darkroom.draft';

export function openComposer() {
  const form = findA('#composer', HTMLFormElement);
  const prompt = findA('#prompt', HTMLTextAreaElement);
  const send = findA('#send', HTMLButtonElement);
  send.append(icon('send'));
  const attachment = openAttachment(form);
  const chips = openChips(find('#chips'));
  const more = openMore(find('#chips'), attachment);
  const suggestions = openSuggestions(prompt, grow);
  const past = openTypingHistory();
  const outbox = openOutbox(({ text, chosen }) => deliver(text, chosen));

  function grow() {
    prompt.style.height = 'auto';
    prompt.style.height = `${prompt.scrollHeight}px`;
    send.disabled = prompt.value.trim() === '';
    chips.hear(prompt.value);
    keep(sessionStorage, DRAFT, prompt.value);
  }

  /** @param {string} text */
  function fill(text) {
    prompt.value = text;
    prompt.setSelectionRange(text.length, text.length);
    grow();
    prompt.focus();
  }

  /** @param {-1 | 1} by */
  function browse(by) {
    const text = past.turn(by, prompt.value);
    if (text !== undefined) fill(text);
  }

  /**
   * @param {string} text @param {Record<string, string>} chosen @param {Record<string, Blob>} [files]
   * @returns {Promise<'sent' | 'refused' | 'outage'>}
   */
  async function post(text, chosen, files = {}) {
    try {
      const { reply } = await api.command(text, chosen, files);
      if (reply !== undefined) room.doing.note({ ...reply, typed: text });
      else room.doing.showView('chat');
      if (isSettings(text)) await learn();
      return 'sent';
    } catch (error) {
      if (error instanceof ApiError && error.isOutage) return 'outage';
      room.doing.note({ typed: text, error: true, lines: [sentenceOf(error)] });
      return 'refused';
    }
  }

  /** Somebody's own defaults are others now. */
  async function learn() {
    room.offers = await api.options();
    chips.draw();
  }

  /** @param {string} text @param {Record<string, string>} chosen */
  async function deliver(text, chosen) {
    return (await post(text, chosen)) === 'outage' ? 'outage' : 'sent';
  }

  /** @param {string} text @param {Record<string, string>} [beside] goes with the files @param {Record<string, Blob>} [files] */
  async function type(text, beside = {}, files = {}) {
    // Sent again after an outage it is done once, even if only the answer was lost.
    const chosen = { ...(isImagine(text) ? { ...chips.chosen(), ...beside } : {}), once: newMark() };
    const result = await post(text, chosen, files);
    if (result !== 'outage') return result === 'sent';
    // A picture cannot be kept over a reload: its words go back to the line, where it still lies beside them.
    if (Object.keys(files).length > 0) return false;
    outbox.put({ text, chosen });
    return true;
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = prompt.value.trim();
    if (text === '') return;
    const beside = isImagine(text) ? { ...more.chosen(), ...attachment.chosen() } : {};
    const files = isImagine(text)
      ? { ...more.files(), ...attachment.files() }
      : isRemake(text)
        ? attachment.picture()
        : {};
    suggestions.close();
    past.add(text);
    prompt.value = '';
    grow();
    if (await type(text, beside, files)) {
      if (files.image !== undefined) attachment.clear();
    } else if (prompt.value === '') fill(text);
  });

  prompt.addEventListener('input', () => {
    past.leave();
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
    } else if (event.key === 'ArrowDown' && past.isInPast() && oneLine) {
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
  room.doing.type = (text) => type(text);
  const draft = recall(sessionStorage, DRAFT);
  if (typeof draft === 'string') prompt.value = draft;
  grow();
  // On a phone it would bring the keyboard up over the pictures.
  if (matchMedia('(pointer: fine)').matches) prompt.focus({ preventScroll: true });
  return { sendAll: outbox.sendAll };
}

/** @returns {string} that nobody else comes upon */
function newMark() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** A picture made again from its file, which it takes along and nothing else. @param {string} text */
function isRemake(text) {
  return /^\/remake(\s|$)/i.test(text);
}

/** @param {string} text */
function isSettings(text) {
  return /^\/settings(\s|$)/i.test(text);
}

/** @param {string} text */
function isImagine(text) {
  return !text.startsWith('/') || /^\/imagine(\s|$)/i.test(text);
}
