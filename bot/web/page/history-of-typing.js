/** What was typed before, to be brought back with the arrow keys as in a shell. */
import { keep, recall } from './keep.js';

const KEPT = 50;
const STORE = 'darkroom.typed';

export function openTypingHistory() {
  const kept = recall(localStorage, STORE);
  /** @type {string[]} */
  const past = Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  /** Which line of the past is shown; beyond the last: what is being typed. */
  let at = past.length;
  let draft = '';
  return {
    /** @param {string} text */
    add(text) {
      if (past.at(-1) !== text) past.push(text);
      past.splice(0, past.length - KEPT);
      at = past.length;
      draft = '';
      keep(localStorage, STORE, past);
    },
    /** Something new is being typed. */
    leave() {
      at = past.length;
    },
    isInPast: () => at < past.length,
    /** @param {-1 | 1} by @param {string} typed @returns {string | undefined} undefined where the past ends */
    turn(by, typed) {
      if (at + by < 0 || at + by > past.length) return undefined;
      if (at === past.length) draft = typed;
      at += by;
      return past[at] ?? draft;
    },
  };
}
