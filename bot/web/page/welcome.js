/** The first thing on an empty page: what to type. */
import { drawing, el } from './elements.js';
import { room } from './room.js';
import { say } from './say.js';

/** @param {HTMLElement} section */
export function fillWelcome(section) {
  const examples = room.offers.examples.map((words) =>
    el('button', { type: 'button', onclick: () => room.doing.fill(words) }, words),
  );
  section.replaceChildren(
    drawing(clothesline(), '0 0 320 130'),
    el('h1', {}, say('welcome')),
    el('p', {}, say('welcome_how')),
    el('div.examples', {}, ...examples),
  );
}

/** Three prints on a line, hung up to dry. @returns {import('./elements.js').Shape[]} */
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
  /** @type {import('./elements.js').Shape[]} */
  const shapes = [['path', { d: 'M4 18 Q160 46 316 18', ...line }]];
  for (const { at: transform, sky, ink, shape } of prints) {
    shapes.push(
      ['rect', { transform, ...paper }],
      ['rect', { transform, x: '6', y: '10', width: '52', height: '52', rx: '2', fill: sky }],
      ['path', { transform, d: shape, fill: ink }],
      ['rect', { transform, x: '29', y: '-5', width: '6', height: '13', rx: '2', fill: '#c2552f' }],
    );
  }
  return shapes;
}

const DISC = 'M18 36a14 14 0 1 0 28 0 14 14 0 1 0-28 0z';
const BOAT = 'M14 46h36l-6 9H20zM31 16v27H17zM34 22v21h11z';
const MOON = 'M40 24a14 14 0 1 0 6 22 12 12 0 0 1-6-22z';
