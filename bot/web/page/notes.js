/** Notes to one person: replies of commands and refusals. They are not kept. */
import { el, find, mark } from './elements.js';
import { room } from './room.js';
import { say } from './say.js';

/** @typedef {import('../../../commands/command.ts').Reply} Reply */
/** @typedef {Pick<Reply, 'lines'> & Partial<Reply> & {typed?: string, error?: boolean}} Note `typed`: what it answers */

/** @param {Note} note */
export function makeNote({ typed, error = false, title, lines, fields = [], pictures = [], buttons = [] }) {
  const dismiss = () => {
    element.remove();
    find('#prompt').focus();
  };
  const element = el(
    `li.message.note${error ? '.error' : ''}`,
    {},
    mark(),
    el(
      'div.body',
      // Not of the list's item: that one is an item still.
      { role: error ? 'alert' : 'status', 'aria-label': say('private_note') },
      typed !== undefined && el('p.typed', {}, typed),
      title !== undefined && el('h2', {}, title),
      ...lines.map((line) => el('p.said', {}, line)),
      fields.length > 0 &&
        el('dl', {}, ...fields.flatMap(({ name, value }) => [el('dt', {}, name), el('dd', {}, value)])),
      pictures.length > 0 && el('div.thumbs', {}, ...pictures.map(thumb)),
      buttons.length > 0 && el('div.actions', {}, ...buttons.map(typer)),
      el(
        'div.foot',
        {},
        el('span', {}, say('only_you')),
        el('button', { type: 'button', onclick: dismiss }, say('dismiss')),
      ),
    ),
  );

  /** A button that types something, instead of whom the note has answered. @param {NonNullable<Reply['buttons']>[number]} button */
  function typer({ label, types, look }) {
    const onclick = () => {
      element.remove();
      void room.doing.type(types);
    };
    return el(`button.action${look === 'danger' ? '.danger' : ''}`, { type: 'button', onclick }, label);
  }

  return element;
}

/** @param {NonNullable<Reply['pictures']>[number]} picture */
function thumb({ job, index, alt, caption }) {
  return el(
    'button',
    { type: 'button', title: caption, onclick: () => room.doing.openLightbox(job, index) },
    el('img', { loading: 'lazy', src: `/api/jobs/${job}/${index + 1}.webp`, alt }),
  );
}
