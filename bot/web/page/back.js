/** The browser's Back closes what lies above the page, as on a phone everybody expects, instead of leaving the page. */

const isAbove = () => history.state?.above === true;

/** @param {HTMLDialogElement} dialog that has just been opened */
export function closeOnBack(dialog) {
  if (!isAbove()) history.pushState({ above: true }, '');
  // One thing may open the next (the large view the form): the step back is for whichever closes last.
  dialog.addEventListener('close', () =>
    setTimeout(() => {
      if (isAbove() && document.querySelector('dialog[open]') === null) history.back();
    }),
  );
}

addEventListener('popstate', () => {
  if (isAbove()) return;
  for (const dialog of document.querySelectorAll('dialog')) if (dialog.open) dialog.close();
});
// After a reload nothing lies above the page any more.
if (isAbove()) history.replaceState(null, '');
