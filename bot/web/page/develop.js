/** The tray in which a picture develops: each look fades over the one before, less blurred from step to step. */
import { el } from './elements.js';
import { say } from './say.js';

/** Milliseconds; a look that comes sooner waits, so that every fade is seen. */
const FADE = 260;
/** Pixels of blur before the first step; the last step has none. */
const BLUR = 14;

/** @typedef {{urls: readonly string[], done: number}} Look the pictures of a batch as data URLs, and how far they are, 0..1 */

/**
 * @param {{width: number, height: number, count: number, prompt: string}} facts
 * @param {(index: number) => void} open shows a finished picture in full
 */
export function makeTray({ width, height, count, prompt }, open) {
  const columns = count > 1 ? 2 : 1;
  const rows = Math.ceil(count / columns);
  const cells = Array.from({ length: count }, () => el('div.cell'));
  const element = el(`div.develop${count > 1 ? '.many' : ''}`, {}, ...cells);
  element.style.setProperty('--aspect', `${width * columns} / ${height * rows}`);
  let newest = '';
  /** @type {Look | undefined} */
  let waiting;
  let fading = false;
  let finished = false;

  /** Each in its place; a device that shows the first one only leaves the other places empty. @param {Look} look */
  async function showLook({ urls, done }) {
    fading = true;
    await Promise.all(
      urls.slice(0, cells.length).map((src, i) => {
        const image = el('img.look.rough', { src, alt: prompt, draggable: 'false' });
        image.style.setProperty('--blur', `${(1 - done) * BLUR}px`);
        return bringToFront(/** @type {HTMLElement} */ (cells[i]), image);
      }),
    );
    setTimeout(() => {
      fading = false;
      const next = waiting;
      waiting = undefined;
      if (next !== undefined && !finished) void showLook(next);
    }, FADE / 2);
  }

  /** @param {string} src @param {number} i */
  async function showFinal(src, i) {
    const cell = cells[i];
    if (cell === undefined) return;
    await bringToFront(cell, el('img.look.final', { src, alt: prompt, width, height }));
    addOpener(cell, i);
  }

  /** One of before: small, and only once it is near the sight. @param {string} src @param {number} i */
  function showPast(src, i) {
    const cell = cells[i];
    if (cell === undefined) return;
    cell.append(el('img.look.final.front', { loading: 'lazy', src, alt: prompt, width, height }));
    addOpener(cell, i);
  }

  /** @param {HTMLElement} cell @param {number} i */
  function addOpener(cell, i) {
    const label = count > 1 ? say('open_of', { n: i + 1, total: count, prompt }) : say('open', { prompt });
    cell.append(el('button', { type: 'button', 'aria-label': label, onclick: () => open(i) }));
  }

  return {
    element,
    /** @param {readonly string[]} urls data URLs @param {number} done 0..1 */
    look(urls, done) {
      const all = urls.join();
      if (finished || all === newest) return;
      newest = all;
      if (fading) waiting = { urls, done };
      else void showLook({ urls, done });
    },
    /** @param {import('./room.js').Message['pictures']} pictures @param {boolean} fresh made before somebody's eyes */
    finish(pictures, fresh) {
      if (finished) return;
      finished = true;
      for (const [i, picture] of pictures.entries()) {
        if (fresh) void showFinal(picture.url, i);
        else showPast(picture.small, i);
      }
    },
  };
}

/** @param {HTMLElement} cell @param {HTMLImageElement} image fades in over what is there */
async function bringToFront(cell, image) {
  await image.decode().catch(() => {});
  const before = [...cell.querySelectorAll('img.look')];
  for (const old of before) {
    old.setAttribute('aria-hidden', 'true');
    old.setAttribute('alt', '');
  }
  cell.append(image);
  // The style before the fade must have been there for the fade to be one.
  image.getBoundingClientRect();
  image.classList.add('front');
  setTimeout(() => {
    for (const old of before) old.remove();
  }, FADE * 2);
}
