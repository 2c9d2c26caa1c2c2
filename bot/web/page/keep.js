/** What the browser keeps for the page. Where storage is full or switched off it holds until the page is closed. */

/** @param {Storage} storage @param {string} name @param {unknown} value */
export function keep(storage, name, value) {
  try {
    storage.setItem(name, JSON.stringify(value));
  } catch {
    // Then it is forgotten with the page.
  }
}

/** @param {Storage} storage @param {string} name @returns {unknown} undefined where nothing is kept, or nothing readable */
export function recall(storage, name) {
  try {
    return JSON.parse(storage.getItem(name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
