/** The picture made larger at its sides: a frame with four handles to drag, and four figures for those who type. */
import { el } from './elements.js';
import { say } from './say.js';

/** Pixels of the picture to the left of it, above it, and so on. @typedef {{left: number, top: number, right: number, bottom: number}} Sides */

/** Pixels: sizes of pictures are whole numbers of these. */
const STEP = 16;
/** Pixels at one side. */
const MOST = 1024;

const SIDES = /** @type {const} */ (['left', 'top', 'right', 'bottom']);

/** Towards where a side grows. */
const OUTWARD = {
  left: { x: -1, y: 0 },
  top: { x: 0, y: -1 },
  right: { x: 1, y: 0 },
  bottom: { x: 0, y: 1 },
};

/** @type {Sides} */
export const NOTHING_ADDED = { left: 0, top: 0, right: 0, bottom: 0 };

/**
 * @param {{width: number, height: number}} picture pixels
 * @param {Sides} before what was added earlier
 */
export function openFrame({ width, height }, before) {
  const sides = { ...before };
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const paper = el('div.paper', { 'aria-hidden': 'true' });

  /** @param {keyof Sides} side @param {number} wanted pixels */
  function set(side, wanted) {
    const now = Math.round(Math.min(MOST, Math.max(0, wanted)) / STEP) * STEP;
    if (Number.isNaN(now) || now === sides[side]) return;
    sides[side] = now;
    draw();
    for (const listener of listeners) listener();
  }

  function draw() {
    paper.style.left = `${-sides.left}px`;
    paper.style.top = `${-sides.top}px`;
    paper.style.width = `${width + sides.left + sides.right}px`;
    paper.style.height = `${height + sides.top + sides.bottom}px`;
  }

  draw();
  return {
    /** Lies under the picture, in its pixels. */
    paper,
    /** @returns {import('./mask-view.js').Frame} */
    frame: () => ({
      x: -sides.left,
      y: -sides.top,
      width: width + sides.left + sides.right,
      height: height + sides.top + sides.bottom,
    }),
    /** @returns {Sides} */
    sides: () => ({ ...sides }),
    /** As the option `expand` takes it; undefined where nothing is added. @returns {string | undefined} */
    expand() {
      const given = SIDES.filter((side) => sides[side] > 0).map((side) => `${side}:${sides[side]}`);
      return given.length === 0 ? undefined : given.join(',');
    },
    /** @param {() => void} listener */
    onChange(listener) {
      listeners.add(listener);
    },
    /** Four handles on the stage. @param {import('./mask-view.js').View} view */
    handles(view) {
      const handles = SIDES.map((side) => handle(side, sides, set, view));
      const place = () => {
        const frame = { x: -sides.left, y: -sides.top };
        const from = view.toStage(frame);
        const to = view.toStage({ x: width + sides.right, y: height + sides.bottom });
        const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
        const at = { left: from.x, top: from.y, right: to.x, bottom: to.y };
        for (const [i, side] of SIDES.entries()) {
          const across = side === 'left' || side === 'right';
          const button = handles[i];
          if (button === undefined) continue;
          button.style.left = `${across ? at[side] : middle.x}px`;
          button.style.top = `${across ? middle.y : at[side]}px`;
        }
      };
      view.onChange(place);
      return handles;
    },
    /** Four fields for their figures. */
    fields() {
      const inputs = SIDES.map((side) => {
        const input = el('input', {
          type: 'number',
          min: '0',
          max: MOST,
          step: STEP,
          value: sides[side],
          name: side,
        });
        input.addEventListener('change', () => {
          set(side, Number(input.value));
          input.value = String(sides[side]);
        });
        listeners.add(() => {
          if (document.activeElement !== input) input.value = String(sides[side]);
        });
        return el('label', {}, el('span', {}, say(`expand_${side}`)), input);
      });
      return el('fieldset.sides', {}, el('legend', {}, say('expand')), el('div', {}, ...inputs));
    },
  };
}

/**
 * @param {keyof Sides} side @param {Readonly<Sides>} sides
 * @param {(side: keyof Sides, wanted: number) => void} set @param {import('./mask-view.js').View} view
 */
function handle(side, sides, set, view) {
  const { x, y } = OUTWARD[side];
  /** Where the drag began, and how much was added then. @type {{at: number, was: number} | undefined} */
  let drag;
  /** @param {PointerEvent} event */
  const along = ({ clientX, clientY }) => clientX * x + clientY * y;
  const button = el('button.handle', {
    type: 'button',
    'data-side': side,
    'aria-label': `${say('expand')}: ${say(`expand_${side}`)}`,
    onpointerdown: (/** @type {PointerEvent} */ event) => {
      event.stopPropagation();
      button.setPointerCapture(event.pointerId);
      drag = { at: along(event), was: sides[side] };
    },
    onpointermove: (/** @type {PointerEvent} */ event) => {
      if (drag !== undefined) set(side, drag.was + (along(event) - drag.at) / view.scale());
    },
    onpointerup: () => {
      drag = undefined;
    },
    onpointercancel: () => {
      drag = undefined;
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const step = outward(event.key, side);
      if (step === 0) return;
      event.preventDefault();
      event.stopPropagation();
      set(side, sides[side] + step * STEP * (event.shiftKey ? 4 : 1));
    },
  });
  return button;
}

/** Whether an arrow key points out of the picture at that side (1), into it (-1), or along it. @param {string} key @param {keyof Sides} side */
function outward(key, side) {
  const arrows = { ArrowLeft: 'left', ArrowUp: 'top', ArrowRight: 'right', ArrowDown: 'bottom' };
  const opposite = { left: 'right', top: 'bottom', right: 'left', bottom: 'top' };
  const to = arrows[/** @type {keyof typeof arrows} */ (key)];
  if (to === side) return 1;
  return to === opposite[side] ? -1 : 0;
}
