/** All pictures as prints on a wall, everybody's or one's own. */
import { api } from './api.js';
import { el } from './elements.js';
import { openLightboxOn } from './lightbox.js';
import { room } from './room.js';

export function openGallery() {
  const view = document.querySelector('#gallery-view');
  const prints = el('div.prints');
  const more = el('button.quiet', { type: 'button', hidden: true, onclick: () => load() }, 'More');
  const nothing = el('p.nothing', { hidden: true }, 'No pictures yet.');
  const mine = el('button', { type: 'button', onclick: () => choose('me') }, 'Mine');
  const all = el('button', { type: 'button', onclick: () => choose('all') }, 'Everybody');
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
          el('h1', {}, 'Gallery'),
          el('div.switch', { role: 'group', 'aria-label': 'Whose' }, all, mine),
        ),
        prints,
        nothing,
        more,
      ),
    ),
  );
  /** @type {import('./room.js').Message[]} */
  let shown = [];
  /** @type {'me' | 'all'} */
  let of = 'all';
  let asked = 0;

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
    shown = anew ? messages : [...shown, ...messages];
    for (const message of messages) room.messages.set(message.id, message);
    more.hidden = !left;
    draw();
  }

  function draw() {
    prints.replaceChildren(
      ...shown.flatMap((message) =>
        message.pictures.map(({ url }, i) =>
          el(
            'button.print',
            {
              type: 'button',
              'aria-label': `Open in full: ${message.facts.prompt}`,
              onclick: () => openLightboxOn(() => shown, message.id, i),
            },
            el('img', { src: url, alt: message.facts.prompt, loading: 'lazy' }),
            el('span.caption', {}, el('b', {}, message.facts.prompt), el('i', {}, message.line)),
          ),
        ),
      ),
    );
    nothing.hidden = shown.length > 0;
  }

  return {
    open: () => choose(of),
    remove(id) {
      const left = shown.filter((message) => message.id !== id);
      if (left.length === shown.length) return;
      shown = left;
      draw();
    },
  };
}
