/** All pictures as prints on a wall, everybody's or one's own. */
import { api } from './api.js';
import { el, find } from './elements.js';
import { openLightboxOn } from './lightbox.js';
import { isLeaving } from './removal.js';
import { room } from './room.js';
import { say } from './say.js';

/** @typedef {import('./room.js').Message} Message */

export function openGallery() {
  const view = find('#gallery-view');
  const prints = el('div.prints');
  const more = el('button.quiet', { type: 'button', hidden: true, onclick: () => load() }, say('more'));
  const nothing = el('p.nothing', { hidden: true }, say('no_pictures'));
  const mine = el('button', { type: 'button', onclick: () => choose('me') }, say('mine'));
  const all = el('button', { type: 'button', onclick: () => choose('all') }, say('everybody'));
  view.append(
    el(
      'div.gallery-scroll',
      { tabindex: '-1' },
      el(
        'div.wide',
        {},
        el(
          'div.gallery-head',
          {},
          el('h1', {}, say('gallery')),
          el('div.switch', { role: 'group', 'aria-label': say('whose') }, all, mine),
        ),
        prints,
        nothing,
        more,
      ),
    ),
  );
  /** @type {Message[]} */
  let shown = [];
  /** @type {'me' | 'all'} */
  let of = 'all';
  let asked = 0;

  /** @param {'me' | 'all'} whose */
  function choose(whose) {
    of = whose;
    mine.setAttribute('aria-pressed', String(of === 'me'));
    all.setAttribute('aria-pressed', String(of === 'all'));
    void load(true);
  }

  async function load(anew = false) {
    const mineNow = ++asked;
    const { messages, more: left } = await api.gallery(of, anew ? undefined : shown.at(-1)?.id);
    if (mineNow !== asked) return;
    shown = (anew ? messages : [...shown, ...messages]).filter(({ id }) => !isLeaving(id));
    for (const message of messages) if (!isLeaving(message.id)) room.messages.set(message.id, message);
    more.hidden = !left;
    draw();
  }

  function draw() {
    prints.replaceChildren(...shown.flatMap((message) => message.pictures.map((_, i) => print(message, i))));
    nothing.hidden = shown.length > 0;
  }

  /** @param {Message} message @param {number} i which picture, from 0 */
  function print(message, i) {
    const { prompt } = message.facts;
    return el(
      'button.print',
      {
        type: 'button',
        onclick: () => openLightboxOn(() => shown, message.id, i),
      },
      el('img', { loading: 'lazy', src: message.pictures[i]?.small, alt: prompt }),
      // Its name is the picture's prompt and what is written under it.
      el('span.caption', {}, el('b', { 'aria-hidden': 'true' }, prompt), el('i', {}, message.line)),
    );
  }

  return {
    open: () => choose(of),
    /** Reads again what is shown, where it is in sight. */
    refresh() {
      if (!view.hidden) void load(true);
    },
    /** @param {string} id */
    remove(id) {
      const left = shown.filter((message) => message.id !== id);
      if (left.length === shown.length) return;
      shown = left;
      draw();
    },
  };
}
