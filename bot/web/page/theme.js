/** Applies the chosen theme before anything is drawn, so that the page does not flash. A plain script on purpose. */
(() => {
  try {
    const chosen = localStorage.getItem('darkroom.theme');
    if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage is switched off: the system's theme it is.
  }
})();
