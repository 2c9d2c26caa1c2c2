/** Makes elements: `el('button.action', {type: 'button', onclick}, 'Reroll')`. Text is always text, never markup. */

/** @typedef {Node | string | undefined | null | false} Child */

/**
 * The element of a tag with classes, such as `p.facts`.
 * @template {string} What
 * @typedef {What extends `${infer Tag}.${string}` ? OfTag<Tag> : OfTag<What>} ElementOf
 */

/**
 * @template {string} Tag
 * @typedef {Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : HTMLElement} OfTag
 */

/** What handles an event; which one, its element decides. @typedef {(event: any) => void} Handler */

/**
 * @template {string} What
 * @param {What} what a tag with classes, such as `p.facts`
 * @param {Record<string, string | number | boolean | Handler | undefined>} [properties] attributes; functions listen to events; `false` and `undefined` are left out
 * @param {...Child} children
 * @returns {ElementOf<What>}
 */
export function el(what, properties = {}, ...children) {
  const [tag = '', ...classes] = what.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value);
    else if (name === 'value' && 'value' in element) element.value = String(value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return /** @type {ElementOf<What>} */ (element);
}

/**
 * The element that must be there.
 * @param {string} selector @param {ParentNode} [within]
 * @returns {HTMLElement}
 * @throws Error where there is none
 */
export function find(selector, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * The same, of a kind.
 * @template {HTMLElement} Kind
 * @param {string} selector @param {new () => Kind} kind
 * @returns {Kind}
 */
export function findA(selector, kind) {
  const found = find(selector);
  if (!(found instanceof kind)) throw new Error(`${selector} is no ${kind.name}`);
  return found;
}

const SVG = 'http://www.w3.org/2000/svg';

const ICONS = {
  reroll: 'M4 4v5h5M20 20v-5h-5M5.6 15a7 7 0 0 0 12 2.5L20 15M4 9l2.4-2.5A7 7 0 0 1 18.4 9',
  again: 'M20 4v5h-5M19.4 14A8 8 0 1 1 18 6.6L20 9',
  pick: 'M4 4h16v16H4zM8 12l3 3 5-6',
  vary: 'M4 18c4 0 4-12 8-12s4 12 8 12M4 12h1m14 0h1',
  subtle: 'M4 15c4 0 4-6 8-6s4 6 8 6',
  strong: 'M4 20C8 20 8 4 12 4s4 16 8 16',
  upscale: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
  zoom: 'M4 4h16v16H4zM9 9h6v6H9z',
  finalize: 'M12 3l2.2 5.8L20 11l-5.8 2.2L12 19l-2.2-5.8L4 11l5.8-2.2zM19 17v4M17 19h4',
  remix: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  delete: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  cancel: 'M6 6l12 12M18 6L6 18',
  close: 'M6 6l12 12M18 6L6 18',
  compare: 'M4 5h7v14H4zM13 5h7v14h-7z',
  send: 'M12 19V5M6 11l6-6 6 6',
  attach: 'M4 6h16v12H4zM4 15l4.5-4.5L13 15l2.5-2.5L20 17M15.5 9.5h.01',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  back: 'M15 5l-7 7 7 7',
  on: 'M9 5l7 7-7 7',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  queue: 'M5 7h14M5 12h14M5 17h8',
  region: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 15c0-2 1.5-3 3-2 2 1 3-1 3-4',
  brush: 'M20 4c-4 2-8 6-10 9l2 2c3-2 6-6 8-11zM9 14c-3 0-3 4-6 5 4 2 8 1 8-3z',
  eraser: 'M9 20h11M5 13l8-8 6 6-8 8H9l-4-4zM9 9l6 6',
  hand: 'M12 4v16M4 12h16M12 4l-2.5 2.5M12 4l2.5 2.5M12 20l-2.5-2.5M12 20l2.5-2.5M4 12l2.5-2.5M4 12l2.5 2.5M20 12l-2.5-2.5M20 12l-2.5 2.5',
  undo: 'M5 9h9a5 5 0 0 1 0 10H9M5 9l4-4M5 9l4 4',
  redo: 'M19 9h-9a5 5 0 0 0 0 10h5M19 9l-4-4M19 9l-4 4',
  invert: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M15 7v10M18 8.5v7',
  clear: 'M5 5h14v14H5zM9 9l6 6M15 9l-6 6',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
};

/** @typedef {keyof typeof ICONS} Icon */

/** @param {Icon} name */
export function icon(name) {
  return drawing([['path', { d: ICONS[name] }]]);
}

/** A shape of a drawing: its tag and its attributes. @typedef {[string, Record<string, string>]} Shape */

/** @param {Shape[]} shapes @param {string} [box] */
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
