/**
 * Hands on the stage: a mouse, a pen or one finger draws; two fingers zoom and push, as does the wheel; the middle
 * button pushes. A pen that is there makes fingers harmless, so that a resting hand draws nothing.
 */

/** @typedef {import('./mask-acts.js').Point} Point */

/**
 * @typedef {object} Hands
 * @property {import('./mask-view.js').View} view
 * @property {() => boolean} pushes the chosen tool pushes instead of drawing
 * @property {(at: Point, erase: boolean) => void} begin `erase`: the pen's other end
 * @property {(at: readonly Point[]) => void} move
 * @property {() => void} end
 * @property {() => void} cancel what was begun is not meant
 * @property {(at: Point | undefined) => void} hover where the brush would draw
 */

/** What a pen's eraser sets among the buttons. */
const ERASER = 32;
const MIDDLE = 1;
/** Zoom of one notch of the wheel. */
const NOTCH = 1.0015;

/** Points are those of the stage. @param {HTMLElement} stage @param {Hands} hands */
export function listenToHands(stage, { view, pushes, begin, move, end, cancel, hover }) {
  /** Fingers, or the mouse, that are down. @type {Map<number, Point>} */
  const down = new Map();
  /** @type {'none' | 'draw' | 'push' | 'pinch'} */
  let doing = 'none';
  let penSeen = false;

  /** @param {{clientX: number, clientY: number}} event @returns {Point} */
  const pointOf = ({ clientX, clientY }) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };

  /** @param {PointerEvent} event */
  function press(event) {
    if (event.target instanceof Element && event.target.closest('button, input')) return;
    const { pointerId, pointerType, button, buttons } = event;
    penSeen ||= pointerType === 'pen';
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(pointerId);
    down.set(pointerId, pointOf(event));
    if (pointerType === 'touch' && down.size === 2) {
      if (doing === 'draw') cancel();
      doing = 'pinch';
    } else if (doing !== 'none') return;
    else if (button === MIDDLE || pushes() || (penSeen && pointerType === 'touch')) doing = 'push';
    else if (button === 0 || buttons === ERASER) {
      doing = 'draw';
      begin(pointOf(event), (buttons & ERASER) !== 0);
    }
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const at = pointOf(event);
    if (event.pointerType !== 'touch') hover(at);
    const before = down.get(event.pointerId);
    if (before === undefined) return;
    if (doing === 'draw') {
      const between = event.getCoalescedEvents?.() ?? [];
      move((between.length === 0 ? [event] : between).map(pointOf));
    } else if (doing === 'push') view.push(at.x - before.x, at.y - before.y);
    else if (doing === 'pinch') pinch(event.pointerId, before, at);
    down.set(event.pointerId, at);
  }

  /** One of two fingers moves: what lies between them stays between them. @param {number} id @param {Point} before @param {Point} now */
  function pinch(id, before, now) {
    const other = [...down].find(([one]) => one !== id)?.[1];
    if (other === undefined) return;
    const from = Math.hypot(before.x - other.x, before.y - other.y);
    const to = Math.hypot(now.x - other.x, now.y - other.y);
    view.push((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (from > 0 && to > 0) view.zoomAt({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, to / from);
  }

  /** @param {PointerEvent} event */
  function lift({ pointerId, type }) {
    if (!down.delete(pointerId)) return;
    if (doing === 'draw') {
      if (type === 'pointercancel') cancel();
      else end();
    }
    // The second of two fingers goes on with nothing: it would draw where it only rests.
    if (down.size === 0 || doing === 'draw') doing = 'none';
  }

  stage.addEventListener('pointerdown', press);
  stage.addEventListener('pointermove', drag);
  stage.addEventListener('pointerup', lift);
  stage.addEventListener('pointercancel', lift);
  stage.addEventListener('pointerleave', () => hover(undefined));
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      view.zoomAt(pointOf(event), NOTCH ** -event.deltaY);
    },
    { passive: false },
  );
}
