/**
 * One picture in full, with everything that made it, or two side by side. Arrows turn to the next one; Escape and Back
 * close it.
 */
import { run } from './acts.js';
import { closeOnBack } from './back.js';
import { differences, sideBySide } from './compare.js';
import { canCopyPictures, copyPicture, copyText } from './copy.js';
import { el, icon } from './elements.js';
import { recipeOf } from './recipe.js';
import { openRegion } from './region.js';
import { announce, describeAction, mayEnd, room } from './room.js';
import { say } from './say.js';

/** @typedef {import('./room.js').Message} Message */
/** @typedef {Message['pictures'][number]} Picture */

/**
 * @param {() => readonly Message[]} shown the messages to turn through, in the order in which they are seen
 * @param {string} id @param {number} index the picture to begin with
 */
export function openLightboxOn(shown, id, index) {
  const slides = () =>
    shown().flatMap((message) => message.pictures.map((picture, i) => ({ message, picture, i })));
  let at = Math.max(
    0,
    slides().findIndex(({ message, i }) => message.id === id && i === index),
  );
  /** What is compared with those that one turns to. @type {import('./compare.js').Slide | undefined} */
  let kept;
  const inside = el('div.inside');
  const dialog = el('dialog.lightbox', { 'aria-label': say('picture') }, inside);

  /** @param {number} by */
  function turn(by) {
    const { length } = slides();
    at = (at + by + length) % length;
    draw();
  }

  /** @param {import('./say.js').Word} label @param {'back' | 'on'} look @param {number} by */
  function turner(label, look, by) {
    const properties = { type: 'button', 'aria-label': say(label), onclick: () => turn(by) };
    return el(`button.icon-button.turn.${look}`, properties, icon(look));
  }

  function draw() {
    const all = slides();
    const slide = all[at];
    if (slide === undefined) return dialog.close();
    const { message, picture, i } = slide;
    const image = () =>
      el('img', { src: picture.url, alt: message.facts.prompt, onclick: () => dialog.close() });
    const more = all.length > 1;
    const place = more ? ` · ${say('of', { n: at + 1, total: all.length })}` : '';
    const close = el(
      'button.icon-button.close',
      { type: 'button', 'aria-label': say('close'), onclick: () => dialog.close() },
      icon('close'),
    );
    const focused = inside.contains(document.activeElement) ? nameOf(document.activeElement) : '';
    inside.replaceChildren(
      el(
        'div.stage',
        {},
        kept === undefined ? image() : sideBySide([kept, slide]),
        more && turner('previous', 'back', -1),
        more && turner('next', 'on', 1),
      ),
      el(
        'aside',
        { 'aria-label': say('how_made') },
        el('div.top', {}, `${message.by.name}${place}`, close),
        el('h2', {}, message.facts.prompt),
        kept === undefined ? el('dl', {}, ...facts(message)) : differences(kept, slide),
        el(
          'div.actions',
          {},
          more && comparer(slide, all),
          ...copies(message, picture),
          ...actions(message, i),
        ),
      ),
    );
    // Whoever pressed a button stays on it, though it is another one now.
    const buttons = [...inside.querySelectorAll('button')];
    (buttons.find((button) => nameOf(button) === focused) ?? buttons[0])?.focus();
  }

  /** Puts this one beside what it came from, or else the next; pressed again, it stands alone. @param {import('./compare.js').Slide} slide @param {readonly import('./compare.js').Slide[]} all */
  function comparer(slide, all) {
    const onclick = () => {
      const source = all.findIndex(({ message }) => message.id === slide.message.origin?.job);
      if (kept !== undefined) kept = undefined;
      else {
        kept = slide;
        at = source === -1 ? (at + 1) % all.length : source;
      }
      draw();
    };
    const pressed = String(kept !== undefined);
    const properties = { type: 'button', 'data-act': 'compare', 'aria-pressed': pressed, onclick };
    return el('button.action', properties, icon('compare'), say('compare'));
  }

  /** @param {Message} message @param {number} i which picture, from 0 */
  function actions(message, i) {
    /** @type {import('./room.js').Action[]} */
    const offered = ['vary', 'subtle', 'strong', 'upscale', 'zoom', 'remix', 'delete'];
    const region = () => {
      dialog.close();
      void openRegion(message, i);
    };
    const buttons = offered
      .filter((action) => message.actions.includes(action) && (action !== 'delete' || mayEnd(message)))
      .map((action) => {
        const { label, look } = describeAction(action);
        const onclick = () => {
          dialog.close();
          if (action === 'remix') room.doing.openRemix(message);
          else void run(action, message, undefined, i + 1);
        };
        const kind = look === 'danger' ? '.danger' : '';
        return el(`button.action${kind}`, { type: 'button', onclick }, icon(action), label);
      });
    if (!message.actions.includes('vary')) return buttons;
    return [
      el('button.action', { type: 'button', onclick: region }, icon('region'), say('region')),
      ...buttons,
    ];
  }

  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') turn(1);
    else if (event.key === 'ArrowLeft') turn(-1);
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  closeOnBack(dialog);
  draw();
}

/** @param {Element | null} control */
function nameOf(control) {
  return control?.getAttribute('aria-label') ?? control?.textContent ?? '';
}

/** @param {Message} message */
function facts(message) {
  return recipeOf(message).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]);
}

/** The picture, its seed and its settings to take along. @param {Message} message @param {Picture} picture */
function copies({ command, facts }, { url }) {
  return [
    copier('copy_command', () => copyText(command)),
    copier('copy_seed', () => copyText(String(facts.seed))),
    canCopyPictures && copier('copy_picture', () => copyPicture(url)),
    el('a.action', { href: `${url}?download`, download: '' }, icon('download'), say('download')),
  ];
}

/** @param {import('./say.js').Word} label @param {() => Promise<boolean>} copy */
function copier(label, copy) {
  const words = el('span', {}, say(label));
  const onclick = async () => {
    const said = say((await copy()) ? 'copied' : 'not_copied');
    words.textContent = said;
    announce(said);
    setTimeout(() => {
      words.textContent = say(label);
    }, 1500);
  };
  return el('button.action', { type: 'button', onclick }, icon('copy'), words);
}
