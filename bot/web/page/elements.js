/** Makes elements: `el('button.action', {type: 'button', onclick}, 'Reroll')`. Text is always text, never markup. */

/** @typedef {Node | string | undefined | null | false} Child */

/**
 * @param {string} what a tag with classes, such as `p.facts`
 * @param {Record<string, unknown>} [properties] attributes; functions listen to events; `false` and `undefined` are left out
 * @param {...Child} children
 * @returns {any}
 */
export function el(what, properties = {}, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

const ICONS = {
  reroll: 'M4 4v5h5M20 20v-5h-5M5.6 15a7 7 0 0 0 12 2.5L20 15M4 9l2.4-2.5A7 7 0 0 1 18.4 9',
  again: 'M20 4v5h-5M19.4 14A8 8 0 1 1 18 6.6L20 9',
  vary: 'M4 18c4 0 4-12 8-12s4 12 8 12M4 12h1m14 0h1',
  finalize: 'M12 3l2.2 5.8L20 11l-5.8 2.2L12 19l-2.2-5.8L4 11l5.8-2.2zM19 17v4M17 19h4',
  remix: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  delete: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  cancel: 'M6 6l12 12M18 6L6 18',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M12 19V5M6 11l6-6 6 6',
  attach: 'M4 6h16v12H4zM4 15l4.5-4.5L13 15l2.5-2.5L20 17M15.5 9.5h.01',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  back: 'M15 5l-7 7 7 7',
  on: 'M9 5l7 7-7 7',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  queue: 'M5 7h14M5 12h14M5 17h8',
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  return drawing([['path', { d: ICONS[name] }]]);
}

/** Small coloured pictures for reactions. @type {Record<string, [string, Record<string, string>][]>} */
const STICKERS = {
  die: [
    ['rect', { x: '3', y: '3', width: '18', height: '18', rx: '4.5', fill: '#e2553a' }],
    ['circle', { cx: '8', cy: '8', r: '1.8', fill: '#fff' }],
    ['circle', { cx: '16', cy: '8', r: '1.8', fill: '#fff' }],
    ['circle', { cx: '12', cy: '12', r: '1.8', fill: '#fff' }],
    ['circle', { cx: '8', cy: '16', r: '1.8', fill: '#fff' }],
    ['circle', { cx: '16', cy: '16', r: '1.8', fill: '#fff' }],
  ],
  again: [
    ['rect', { x: '3', y: '3', width: '18', height: '18', rx: '4.5', fill: '#3f74c9' }],
    [
      'path',
      {
        d: 'M7 11V9.5h8.5m-2-2.2 2.2 2.2-2.2 2.2M17 13v1.5H8.5m2 2.2-2.2-2.2 2.2-2.2',
        fill: 'none',
        stroke: '#fff',
        'stroke-width': '1.7',
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
      },
    ],
  ],
  sparkles: [
    ['path', { d: 'M10 4l2 5.6L17.6 12 12 14.2 10 20l-2-5.8L2.4 12 8 9.6z', fill: '#eeb12d' }],
    [
      'path',
      {
        d: 'M18 3l.9 2.4 2.4.9-2.4.9L18 9.6l-.9-2.4-2.4-.9 2.4-.9zM18.5 15l.7 1.9 1.9.7-1.9.7-.7 1.9-.7-1.9-1.9-.7 1.9-.7z',
        fill: '#eeb12d',
      },
    ],
  ],
  cross: [
    [
      'path',
      { d: 'M6 6l12 12M18 6L6 18', stroke: '#dd4236', 'stroke-width': '4', 'stroke-linecap': 'round' },
    ],
  ],
};

/** @param {string} name */
export function sticker(name) {
  const svg = drawing(STICKERS[name]);
  svg.setAttribute('class', 'sticker');
  return svg;
}

/** @param {[string, Record<string, string>][]} shapes */
export function drawing(shapes, box = '0 0 24 24') {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', box);
  svg.setAttribute('aria-hidden', 'true');
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.append(shape);
  }
  return svg;
}

/**
 * Somebody's initial on a colour that is always theirs.
 * @param {{id: string, name: string}} person
 */
export function avatar({ id, name }) {
  const circle = el('span.avatar', { 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '?');
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  circle.style.setProperty('--avatar', `hsl(${hue} 42% 30%)`);
  circle.style.setProperty('--avatar-ink', `hsl(${hue} 80% 92%)`);
  return circle;
}

/** The mark of Darkroom, where the service itself speaks. */
export function mark() {
  const found = document.querySelector('.brand svg');
  return el('span.avatar', { 'aria-hidden': 'true' }, found?.cloneNode(true));
}
