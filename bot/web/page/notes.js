/** Notes to one person: replies of commands and refusals. They are not kept. */
import { drawing, el, mark } from './elements.js';
import { room } from './room.js';

/**
 * @param {object} note
 * @param {string} [note.typed] what was typed for it
 * @param {boolean} [note.error]
 * @param {string} [note.title]
 * @param {string[]} note.lines
 * @param {{name: string, value: string}[]} [note.fields]
 * @param {{job: string, index: number, alt: string, caption: string}[]} [note.pictures]
 * @param {{label: string, types: string, look: 'plain' | 'danger'}[]} [note.buttons]
 */
export function makeNote({ typed, error, title, lines, fields = [], pictures = [], buttons = [] }) {
  const dismiss = () => {
    element.remove();
    document.querySelector('#prompt')?.focus();
  };
  const element = el(
    `li.message.note${error ? '.error' : ''}`,
    { role: error ? 'alert' : 'status', 'aria-label': 'Private note' },
    mark(),
    el(
      'div.body',
      {},
      typed && el('p.typed', {}, typed),
      title && el('h3', {}, title),
      ...lines.map((line) => el('p.said', {}, line)),
      fields.length > 0 &&
        el('dl', {}, ...fields.flatMap(({ name, value }) => [el('dt', {}, name), el('dd', {}, value)])),
      pictures.length > 0 && el('div.thumbs', {}, ...pictures.map(thumb)),
      buttons.length > 0 &&
        el(
          'div.actions',
          {},
          ...buttons.map(({ label, types, look }) =>
            el(
              `button.action${look === 'danger' ? '.danger' : ''}`,
              {
                type: 'button',
                onclick: () => {
                  element.remove();
                  void room.doing.type(types);
                },
              },
              label,
            ),
          ),
        ),
      el(
        'div.foot',
        {},
        el('span', {}, 'Only you can see this'),
        el('button', { type: 'button', onclick: dismiss }, 'Dismiss'),
      ),
    ),
  );
  return element;
}

function thumb({ job, index, alt, caption }) {
  const image = el('img', { src: `/api/jobs/${job}/${index + 1}.png`, alt, loading: 'lazy' });
  return el(
    'button',
    { type: 'button', title: caption, onclick: () => room.doing.openLightbox(job, index) },
    image,
  );
}

/** The first thing on an empty page: what to type. */
export function fillWelcome(section) {
  const svg = drawing(clothesline(), '0 0 320 130');
  const example = (words) =>
    el(
      'button',
      {
        type: 'button',
        onclick: () => room.doing.fill(words),
      },
      words,
    );
  section.replaceChildren(
    svg,
    el('h1', {}, 'Type a few words, watch them develop'),
    el(
      'p',
      {},
      'A line is a prompt; a slash begins a command. Every picture stays here, with its seed, to be rolled again.',
    ),
    el('div.examples', {}, ...room.offers.examples.map(example)),
  );
}

/** Three prints on a line, hung up to dry. @returns {[string, Record<string, string>][]} */
function clothesline() {
  const line = { fill: 'none', stroke: 'currentColor', 'stroke-opacity': '.35', 'stroke-width': '1.5' };
  const prints = [
    { at: 'translate(52 27) rotate(-4 32 0)', sky: '#3f6fd8', ink: '#e2453a', shape: DISC },
    { at: 'translate(128 33) rotate(1.5 32 0)', sky: '#f2b8a0', ink: '#5a2b22', shape: BOAT },
    { at: 'translate(204 28) rotate(4 32 0)', sky: '#18233f', ink: '#f5dc9b', shape: MOON },
  ];
  const paper = {
    width: '64',
    height: '78',
    rx: '4',
    fill: '#fffaf4',
    stroke: 'currentColor',
    'stroke-opacity': '.16',
  };
  return [
    ['path', { d: 'M4 18 Q160 46 316 18', ...line }],
    ...prints.flatMap(({ at: transform, sky, ink, shape }) => [
      ['rect', { transform, ...paper }],
      ['rect', { transform, x: '6', y: '10', width: '52', height: '52', rx: '2', fill: sky }],
      ['path', { transform, d: shape, fill: ink }],
      ['rect', { transform, x: '29', y: '-5', width: '6', height: '13', rx: '2', fill: '#c2552f' }],
    ]),
  ];
}

const DISC = 'M18 36a14 14 0 1 0 28 0 14 14 0 1 0-28 0z';
const BOAT = 'M14 46h36l-6 9H20zM31 16v27H17zM34 22v21h11z';
const MOON = 'M40 24a14 14 0 1 0 6 22 12 12 0 0 1-6-22z';
