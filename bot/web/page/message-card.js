/** One message: made once, then changed in place as its job moves, so that focus and fades survive. */
import { actionRow } from './action-row.js';
import { makeTray } from './develop.js';
import { avatar, el } from './elements.js';
import { announce, isMine, room } from './room.js';
import { say } from './say.js';
import { clockTime, progressWords } from './words.js';

/** @typedef {import('./room.js').Message} Message */

/** Characters after which a prompt is folded. */
const LONG = 600;
/** Milliseconds: messages that are older were not made before somebody's eyes. */
const FRESH = 3000;
/** Pixels: the widest tray, and its highest. */
const WIDEST = 480;
const HIGHEST = 480;

/** @param {Message} message */
export function makeCard(message) {
  const { facts, by } = message;
  const labelId = `m-${message.id}`;
  const tray = makeTray(facts, (index) => room.doing.openLightbox(message.id, index));
  const under = el('div.under');
  const frame = el('div.tray-frame', {}, tray.element, under);
  frame.style.setProperty('--wide', `${trayWidth(facts)}px`);
  const prompt = el(`p.prompt${facts.prompt.length > LONG ? '.long' : ''}`, { id: labelId }, facts.prompt);
  const element = el(
    'li.message',
    { 'aria-labelledby': labelId, 'data-id': message.id, tabindex: '-1' },
    avatar(by),
    el('div', {}, head(message), prompt, frame),
  );
  const progress = makeProgress(facts.prompt);
  const fresh = Date.now() - message.at < FRESH;
  let state = '';
  let drawn = '';
  let seenUnfinished = false;

  /** @param {Message} now */
  function update(now) {
    const classes = {
      fresh,
      unfinished: !isOver(now),
      ended: isOver(now) && now.pictures.length === 0,
      failed: now.state === 'failed',
    };
    for (const [name, holds] of Object.entries(classes)) element.classList.toggle(name, holds);
    element.dataset.state = now.state;
    seenUnfinished ||= !isOver(now);
    if (now.previews !== undefined) tray.look(now.previews, progressWords(now.progress).done ?? 0);
    if (now.pictures.length > 0) tray.finish(now.pictures, fresh || seenUnfinished);
    if (isOver(now)) drawResult(now);
    else drawProgress(now);
    if (state !== '' && state !== now.state && isMine(now)) announce(spoken(now));
    state = now.state;
  }

  /** @param {Message} now */
  function drawProgress(now) {
    if (!under.contains(progress.element)) under.replaceChildren(progress.element, actionRow(now));
    progress.show(now);
  }

  /** @param {Message} now */
  function drawResult(now) {
    const row = actionRow(now);
    const { state, sentence, note, line } = now;
    const looks = JSON.stringify([state, sentence, note, line, row.textContent]);
    if (looks === drawn) return;
    drawn = looks;
    const focused = document.activeElement?.getAttribute('data-act');
    const hadFocus = under.contains(document.activeElement);
    const said = sentence ?? (state === 'cancelled' ? say('now_cancelled') : undefined);
    under.replaceChildren(
      ...(said === undefined ? [] : [el('p.sentence', {}, said)]),
      ...(now.pictures.length === 0 ? [] : [el('p.facts', {}, line)]),
      ...(note === undefined ? [] : [el('p.unknown', {}, note)]),
      row,
    );
    const again = hadFocus && under.querySelector(`[data-act="${focused}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  update(message);
  return { element, update };
}

/** The bar of an unfinished picture and the words beside it. @param {string} prompt */
function makeProgress(prompt) {
  const done = el('i');
  const bar = el('div.track', { role: 'progressbar', 'aria-label': say('progress', { prompt }) }, done);
  const what = el('span.what');
  const when = el('span.when');
  return {
    element: el('div.progress', {}, bar, el('p', {}, what, when)),
    /** @param {Message} now */
    show({ progress, sentence }) {
      const words = progressWords(progress);
      bar.classList.toggle('unknown', words.done === undefined);
      if (words.done === undefined) bar.removeAttribute('aria-valuenow');
      else bar.setAttribute('aria-valuenow', String(Math.round(words.done * 100)));
      bar.setAttribute('aria-valuetext', [words.what, words.when].filter(Boolean).join(', '));
      done.style.setProperty('--done', String(words.done ?? 0));
      what.textContent = sentence ?? words.what;
      when.textContent = words.when;
    },
  };
}

/** @param {Message} message */
function isOver({ state }) {
  return state !== 'waiting' && state !== 'running';
}

/** As wide as the column allows, unless it would become higher than a screen can show. @param {Message['facts']} facts */
function trayWidth({ width, height, count }) {
  const columns = count > 1 ? 2 : 1;
  const rows = Math.ceil(count / columns);
  return Math.round(Math.min(WIDEST, (HIGHEST * width * columns) / (height * rows)));
}

/** @param {Message} message */
function head({ by, at, origin }) {
  return el(
    'div.head',
    {},
    el('span.name', {}, by.name),
    el('time', { datetime: new Date(at).toISOString() }, clockTime(at)),
    origin &&
      el(
        'span.origin',
        {},
        `${say(`from_${origin.kind}`)} `,
        el(
          'button',
          { type: 'button', onclick: () => room.doing.showMessage(origin.job) },
          say('earlier_picture'),
        ),
      ),
  );
}

/** @param {Message} message */
function spoken({ state, facts: { prompt, seed }, sentence }) {
  switch (state) {
    case 'running':
      return say('now_running', { prompt });
    case 'finished':
      return say('now_finished', { prompt, seed });
    case 'failed':
      return sentence ?? say('now_failed');
    case 'cancelled':
      return say('now_cancelled');
    default:
      return say('now_waiting', { prompt });
  }
}
