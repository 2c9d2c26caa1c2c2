/** What was done to a mask, in order: undone and done again one by one. The mask itself is drawn from it. */

/** In pixels of the mask. @typedef {{x: number, y: number}} Point */

/**
 * One stroke of the brush, or of the eraser; `width` in pixels of the mask.
 * @typedef {{kind: 'stroke', erase: boolean, width: number, points: Point[]}} Stroke
 */

/** @typedef {Stroke | {kind: 'invert'} | {kind: 'clear'}} Act */

/** @param {readonly Act[]} [before] what was done earlier */
export function openActs(before = []) {
  const done = [...before];
  /** @type {Act[]} */
  const undone = [];

  return {
    /** @returns {readonly Act[]} everything that holds, oldest first */
    all: () => done,
    canUndo: () => done.length > 0,
    canRedo: () => undone.length > 0,
    /** Whatever was undone before is given up. @param {Act} act */
    add(act) {
      done.push(act);
      undone.length = 0;
    },
    /** @returns whether there was something to undo */
    undo() {
      const last = done.pop();
      if (last !== undefined) undone.push(last);
      return last !== undefined;
    },
    /** @returns whether there was something to do again */
    redo() {
      const last = undone.pop();
      if (last !== undefined) done.push(last);
      return last !== undefined;
    },
  };
}
