/** A picture to start from: chosen, pasted or dropped on the prompt. */
import { el, find, findA, icon } from './elements.js';
import { room } from './room.js';
import { say } from './say.js';

const TYPES = ['image/png', 'image/jpeg', 'image/webp'];

/** @param {HTMLFormElement} form */
export function openAttachment(form) {
  const button = find('#attach');
  const input = findA('#file', HTMLInputElement);
  const box = find('#attached');
  const tray = find('.tray', form);
  button.append(icon('attach'));
  /** @type {File | undefined} */
  let file;
  let address = '';
  const range = el('input', { type: 'range', min: '0.05', max: '1', step: '0.05', value: '0.6' });
  const figure = el('output', {}, '0.60');
  range.addEventListener('input', () => {
    figure.textContent = Number(range.value).toFixed(2);
  });

  function clear() {
    file = undefined;
    input.value = '';
    box.hidden = true;
    if (address !== '') URL.revokeObjectURL(address);
    address = '';
  }

  /** @param {File | undefined} picture */
  function take(picture) {
    if (picture === undefined) return;
    if (!TYPES.includes(picture.type)) {
      room.doing.note({ error: true, lines: [say('not_a_picture', { name: picture.name })] });
      return;
    }
    clear();
    file = picture;
    address = URL.createObjectURL(picture);
    const remove = el(
      'button.icon-button',
      { type: 'button', 'aria-label': say('remove_start'), onclick: clear },
      icon('close'),
    );
    box.replaceChildren(
      el('img', { src: address, alt: say('start_picture') }),
      el('div.what', {}, el('b', {}, picture.name), el('label', {}, say('change'), range, figure)),
      remove,
    );
    box.hidden = false;
    find('#prompt').focus();
  }

  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => take(input.files?.[0]));
  form.addEventListener('paste', (event) => {
    const picture = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
    if (picture === undefined) return;
    event.preventDefault();
    take(picture);
  });
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    tray.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) tray.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    tray.classList.remove('over');
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });

  return { file: () => file, strength: () => range.value, clear };
}
