/** Puts words and pictures on the clipboard. */
import { el } from './elements.js';

/** @param {string} text @returns {Promise<boolean>} whether the browser did it */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers give the clipboard to safe origins only; an old way works elsewhere.
    const area = el('textarea.hidden', {}, text);
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** Whether pictures can be put there: on safe origins (localhost, https) only. */
export const canCopyPictures = typeof ClipboardItem !== 'undefined' && navigator.clipboard !== undefined;

/** @param {string} address of a PNG @returns {Promise<boolean>} whether the browser did it */
export async function copyPicture(address) {
  // Handed over unresolved: some browsers take the clipboard away from whoever waits first.
  const picture = fetch(address).then((response) => response.blob());
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    return true;
  } catch {
    return false;
  }
}
