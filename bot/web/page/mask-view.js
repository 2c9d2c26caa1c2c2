/** Where a picture lies on the stage and how large: fitted, zoomed at a point, pushed about. */

/** @typedef {import('./mask-acts.js').Point} Point */

/** A rectangle in pixels of the picture; the picture's own corner is 0, 0. @typedef {{x: number, y: number, width: number, height: number}} Frame */

/** Pixels between the frame and the stage's edge: room for handles. */
const BORDER = 36;
/** The smallest and largest size, for one of the fitted. */
const SMALLEST = 0.5;
const LARGEST = 24;

/**
 * @param {HTMLElement} stage
 * @param {HTMLElement} plane what is moved: as large as the picture, its corner at 0, 0
 * @param {() => Frame} frame what is to be seen whole
 */
export function openView(stage, plane, frame) {
  let scale = 1;
  let x = 0;
  let y = 0;
  /** Nobody has zoomed or pushed: whatever changes, all of it stays in sight. */
  let fitted = true;
  /** @type {Set<() => void>} */
  const listeners = new Set();

  function apply() {
    plane.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    for (const listener of listeners) listener();
  }

  function fittingScale() {
    const { width, height } = frame();
    const wide = Math.max(1, stage.clientWidth - 2 * BORDER);
    const high = Math.max(1, stage.clientHeight - 2 * BORDER);
    return Math.min(wide / width, high / height);
  }

  function showAll() {
    const { x: left, y: top, width, height } = frame();
    fitted = true;
    scale = fittingScale();
    x = (stage.clientWidth - width * scale) / 2 - left * scale;
    y = (stage.clientHeight - height * scale) / 2 - top * scale;
    apply();
  }

  /** @param {Point} at on the stage: what lies there stays there @param {number} factor */
  function zoomAt(at, factor) {
    const fitting = fittingScale();
    const wanted = Math.min(fitting * LARGEST, Math.max(fitting * SMALLEST, scale * factor));
    x = at.x - ((at.x - x) * wanted) / scale;
    y = at.y - ((at.y - y) * wanted) / scale;
    scale = wanted;
    fitted = false;
    apply();
  }

  const watch = new ResizeObserver(() => (fitted ? showAll() : apply()));
  watch.observe(stage);

  return {
    showAll,
    zoomAt,
    /** From the middle. @param {number} factor */
    zoom: (factor) => zoomAt({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 }, factor),
    /** @param {number} dx @param {number} dy pixels of the stage */
    push(dx, dy) {
      x += dx;
      y += dy;
      fitted = false;
      apply();
    },
    /** The frame has changed. */
    refit: () => (fitted ? showAll() : apply()),
    scale: () => scale,
    /** @param {Point} at on the stage @returns {Point} in the picture */
    toPicture: (at) => ({ x: (at.x - x) / scale, y: (at.y - y) / scale }),
    /** @param {Point} at in the picture @returns {Point} on the stage */
    toStage: (at) => ({ x: at.x * scale + x, y: at.y * scale + y }),
    /** @param {() => void} listener */
    onChange(listener) {
      listeners.add(listener);
    },
    close: () => watch.disconnect(),
  };
}

/** @typedef {ReturnType<typeof openView>} View */
