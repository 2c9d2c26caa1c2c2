/** One message: made once, then changed in place as its job moves, so that focus and fades survive. */
import { act, react } from './acts.js';
import { makeTray } from './develop.js';
import { avatar, el, icon, sticker } from './elements.js';
import { announce, isMine, mayEnd, room } from './room.js';
import { clockTime, originWords, progressWords } from './words.js';

const ACTION_NAMES = {
  cancel: 'Cancel',
  again: 'Try again',
  reroll: 'Reroll',
  vary: 'Vary',
  finalize: 'Finalize',
  remix: 'Remix',
  delete: 'Delete',
};

/** Drawn by us: not every machine has a font with these signs. */
const REACTIONS = [
  { sign: '🎲', drawing: 'die', action: 'reroll', counts: 'reroll' },
  { sign: '🔁', drawing: 'again', action: 'reroll' },
  { sign: '✨', drawing: 'sparkles', action: 'finalize', counts: 'finalize' },
  { sign: '❌', drawing: 'cross', action: 'delete' },
];

/** Characters after which a prompt is folded. */
const LONG = 600;
/** Milliseconds: messages that are older were not made before somebody's eyes. */
const FRESH = 3000;
/** Pixels: the widest tray, and its highest. */
const WIDEST = 480;
const HIGHEST = 480;

/** @param {import('./room.js').Message} message */
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
  const card = { element, update, drawn: '' };
  const fresh = Date.now() - message.at < FRESH;
  let state = '';

  /** @param {import('./room.js').Message} now */
  function update(now) {
    const classes = {
      fresh,
      unfinished: !isOver(now),
      ended: isOver(now) && now.pictures.length === 0,
      failed: now.state === 'failed',
    };
    for (const [name, holds] of Object.entries(classes)) element.classList.toggle(name, holds);
    element.dataset.state = now.state;
    if (now.preview !== undefined) tray.look(now.preview, progressWords(now.progress).done ?? 0);
    if (now.pictures.length > 0) tray.finish(now.pictures);
    if (isOver(now)) drawResult(now);
    else drawProgress(now);
    if (state !== '' && state !== now.state && isMine(now)) announce(spoken(now));
    state = now.state;
  }

  /** @param {import('./room.js').Message} now */
  function drawProgress(now) {
    const { what, when, done } = progressWords(now.progress);
    let bar = under.querySelector('.track');
    if (bar === null) {
      bar = el('div.track', { role: 'progressbar', 'aria-label': `Progress of ${facts.prompt}` }, el('i'));
      const words = el('p', {}, el('span.what'), el('span.when'));
      under.replaceChildren(el('div.progress', {}, bar, words), actions(now));
    }
    bar.classList.toggle('unknown', done === undefined);
    if (done === undefined) bar.removeAttribute('aria-valuenow');
    else bar.setAttribute('aria-valuenow', String(Math.round(done * 100)));
    bar.setAttribute('aria-valuetext', [what, when].filter(Boolean).join(', '));
    bar.firstElementChild.style.setProperty('--done', String(done ?? 0));
    under.querySelector('.what').textContent = now.sentence ?? what;
    under.querySelector('.when').textContent = when;
  }

  /** @param {import('./room.js').Message} now */
  function drawResult(now) {
    const drawn = JSON.stringify([now.state, now.sentence, now.note, now.actions, now.line, counted(now)]);
    if (drawn === card.drawn) return;
    card.drawn = drawn;
    const sentence = now.sentence ?? (now.state === 'cancelled' ? 'Cancelled.' : undefined);
    const focused = document.activeElement?.getAttribute('data-act');
    const hadFocus = under.contains(document.activeElement);
    under.replaceChildren(
      ...(sentence === undefined ? [] : [el('p.sentence', {}, sentence)]),
      ...(now.pictures.length === 0 ? [] : [el('p.facts', {}, now.line)]),
      ...(now.note === undefined ? [] : [el('p.unknown', {}, now.note)]),
      actions(now),
      ...(now.pictures.length === 0 ? [] : [reactions(now)]),
    );
    if (hadFocus) under.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  update(message);
  return card;
}

/** @param {import('./room.js').Message} message */
function isOver({ state }) {
  return state !== 'waiting' && state !== 'running';
}

/** As wide as the column allows, unless it would become higher than a screen can show. */
function trayWidth({ width, height, count }) {
  const columns = count > 1 ? 2 : 1;
  const rows = Math.ceil(count / columns);
  return Math.round(Math.min(WIDEST, (HIGHEST * width * columns) / (height * rows)));
}

/** @param {import('./room.js').Message} message */
function head(message) {
  const { by, at, origin } = message;
  return el(
    'div.head',
    {},
    el('span.name', {}, by.name),
    el('time', { datetime: new Date(at).toISOString() }, clockTime(at)),
    origin &&
      el(
        'span.origin',
        {},
        `${originWords(origin.kind)} `,
        el(
          'button',
          { type: 'button', onclick: () => room.doing.showMessage(origin.job) },
          'an earlier picture',
        ),
      ),
  );
}

/** @param {import('./room.js').Message} message */
function actions(message) {
  const allowed = message.actions.filter(
    (action) => (action !== 'delete' && action !== 'cancel') || mayEnd(message),
  );
  const row = el('div.actions', { role: 'group', 'aria-label': 'Actions' });
  for (const action of allowed) {
    const look = action === 'delete' ? '.danger' : action === 'finalize' ? '.accent' : '';
    const button = el(
      `button.action${look}`,
      { type: 'button', 'data-act': action, onclick: () => act(action, message, button) },
      icon(action),
      el(`span${action === 'delete' ? '.hidden' : ''}`, {}, ACTION_NAMES[action]),
    );
    if (action === 'delete') button.title = ACTION_NAMES.delete;
    row.append(button);
  }
  return row;
}

/** @param {import('./room.js').Message} message */
function reactions(message) {
  const counts = counted(message);
  const row = el('div.reactions', { role: 'group', 'aria-label': 'Reactions' });
  for (const { sign, drawing, action, counts: kind } of REACTIONS) {
    if (!message.actions.includes(action) || (action === 'delete' && !mayEnd(message))) continue;
    const count = kind === undefined ? 0 : counts[kind];
    row.append(
      el(
        'button.reaction',
        {
          type: 'button',
          'data-act': `react ${sign}`,
          'aria-label': `React with ${sign}${count > 0 ? `, ${count} so far` : ''}`,
          'aria-pressed': count > 0 ? 'true' : 'false',
          onclick: (event) => react(action, message, event.currentTarget),
        },
        el('span.hidden', {}, sign),
        sticker(drawing),
        count > 0 && String(count),
      ),
    );
  }
  return row;
}

/** How often this picture was rolled again and finalized, as far as this page has seen. */
function counted({ id }) {
  const counts = { reroll: 0, finalize: 0 };
  for (const { origin } of room.messages.values()) {
    if (origin?.job === id && origin.kind in counts) counts[origin.kind]++;
  }
  return counts;
}

/** @param {import('./room.js').Message} message */
function spoken({ state, facts, sentence }) {
  switch (state) {
    case 'running':
      return `Developing: ${facts.prompt}`;
    case 'finished':
      return `Finished: ${facts.prompt}, seed ${facts.seed}`;
    case 'failed':
      return sentence ?? 'It failed.';
    case 'cancelled':
      return 'Cancelled.';
    default:
      return `Waiting: ${facts.prompt}`;
  }
}
