/** One picture in full, with everything that made it. Arrows turn to the next one. */
import { run } from './acts.js';
import { el, icon } from './elements.js';
import { announce, mayEnd, room } from './room.js';

const NAMES = {
  model: 'Model',
  seed: 'Seed',
  size: 'Size',
  steps: 'Steps',
  cfg: 'Guidance',
  sampler: 'Sampler',
  scheduler: 'Scheduler',
  shift: 'Shift',
  count: 'Pictures',
  slg: 'Skip-layer guidance',
  strength: 'Change from the start picture',
  device: 'Device',
  seconds: 'Seconds',
};

/**
 * @param {() => import('./room.js').Message[]} shown the messages to turn through, in the order in which they are seen
 */
export function openLightboxOn(shown, id, index) {
  const slides = () =>
    shown().flatMap((message) => message.pictures.map((picture, i) => ({ message, picture, i })));
  let at = Math.max(
    0,
    slides().findIndex(({ message, i }) => message.id === id && i === index),
  );
  const inside = el('div.inside');
  const dialog = el('dialog.lightbox', { 'aria-label': 'Picture' }, inside);

  function turn(by) {
    const { length } = slides();
    at = (at + by + length) % length;
    draw();
  }

  function draw() {
    const all = slides();
    const slide = all[at];
    if (slide === undefined) return dialog.close();
    const { message, picture, i } = slide;
    const { prompt, negative } = message.facts;
    const image = el('img', { src: picture.url, alt: prompt });
    image.addEventListener('click', () => dialog.close());
    const more = all.length > 1;
    const turner = (label, look, by) =>
      el(
        `button.icon-button.turn.${look}`,
        { type: 'button', 'aria-label': label, onclick: () => turn(by) },
        icon(look),
      );
    const facts = Object.entries(message.recipe).flatMap(([name, value]) => [
      el('dt', {}, NAMES[name] ?? name),
      el('dd', {}, String(value)),
    ]);
    if (negative !== '') facts.push(el('dt', {}, 'Negative'), el('dd', {}, negative));
    inside.replaceChildren(
      el(
        'div.stage',
        {},
        image,
        more && turner('Previous picture', 'back', -1),
        more && turner('Next picture', 'on', 1),
      ),
      el(
        'aside',
        { 'aria-label': 'How it was made' },
        el(
          'div.top',
          {},
          `${message.by.name}${more ? ` · ${at + 1} of ${all.length}` : ''}`,
          el(
            'button.icon-button',
            { type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
            icon('close'),
          ),
        ),
        el('h2', {}, prompt),
        el('dl', {}, ...facts),
        buttons(message, picture, i),
      ),
    );
  }

  function buttons(message, picture, i) {
    const action = (name, label, onclick) =>
      el('button.action', { type: 'button', onclick }, icon(name), label);
    const copy = action('copy', 'Copy as command', async () => {
      await copyText(message.command);
      copy.lastChild.textContent = 'Copied';
      announce('Copied.');
      setTimeout(() => {
        copy.lastChild.textContent = 'Copy as command';
      }, 1500);
    });
    return el(
      'div.actions',
      {},
      copy,
      el('a.action', { href: `${picture.url}?download`, download: '' }, icon('download'), 'Download'),
      action('vary', 'Vary', () => leaveAnd(() => run('vary', message, undefined, i + 1))),
      action('remix', 'Remix', () => leaveAnd(() => room.doing.openRemix(message))),
      mayEnd(message) &&
        el(
          'button.action.danger',
          { type: 'button', onclick: () => leaveAnd(() => run('delete', message)) },
          icon('delete'),
          'Delete',
        ),
    );
  }

  function leaveAnd(then) {
    dialog.close();
    void then();
  }

  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') turn(1);
    else if (event.key === 'ArrowLeft') turn(-1);
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  draw();
  dialog.showModal();
  dialog.querySelector('[aria-label="Close"]')?.focus();
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers give the clipboard to safe origins only; an old way works elsewhere.
    const area = el('textarea.hidden', {}, text);
    document.querySelector('dialog[open]')?.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
