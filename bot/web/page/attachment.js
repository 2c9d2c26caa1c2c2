/** A picture to start from: chosen, pasted or dropped on the prompt. */
import { el, find, findA, icon } from './elements.js';
import { openMaskEditor } from './mask-editor.js';
import { tellsItsStory } from './png-story.js';
import { room, sentenceOf } from './room.js';
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
  /** What of it is to be painted anew, and how far it grows. @type {import('./mask-editor.js').Edited | undefined} */
  let edited;
  const range = el('input', { type: 'range', min: '0.05', max: '1', step: '0.05', value: '0.6' });
  const figure = el('output', {}, '0.60');
  /** Somebody has said how far to go; else it depends on whether a part of the picture is kept. */
  let chosen = false;
  range.addEventListener('input', () => {
    chosen = true;
    drawStrength();
  });
  function drawStrength() {
    const repaints = edited?.mask !== undefined || edited?.expand !== undefined;
    if (!chosen) range.value = repaints ? '1' : '0.6';
    figure.textContent = Number(range.value).toFixed(2);
  }

  const part = el('span.part');
  const edit = el(
    'button.action',
    { type: 'button', onclick: () => void openEditor() },
    icon('brush'),
    say('edit'),
  );

  const again = el(
    'button.action',
    {
      type: 'button',
      title: say('make_again_help'),
      hidden: true,
      onclick: () => room.doing.fill('/remake '),
    },
    icon('again'),
    say('make_again'),
  );

  function clear() {
    file = undefined;
    edited = undefined;
    chosen = false;
    drawPart();
    drawStrength();
    input.value = '';
    box.hidden = true;
    if (address !== '') URL.revokeObjectURL(address);
    address = '';
  }

  function drawPart() {
    const { mask, expand } = edited ?? {};
    const said = [mask && say('masked'), expand && say('expanded', { sides: expand.replaceAll(',', ' ') })];
    part.textContent = said.filter(Boolean).join(' · ');
  }

  async function openEditor() {
    if (file === undefined) return;
    const drawn = edited === undefined ? {} : { drawn: edited.drawn };
    try {
      await openMaskEditor({
        title: say('edit_title'),
        src: address,
        alt: say('start_picture'),
        verb: say('done'),
        ...drawn,
        async done(now) {
          edited = now;
          drawPart();
          drawStrength();
        },
      });
    } catch (error) {
      room.doing.note({ error: true, lines: [sentenceOf(error)] });
    }
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
      el('div.what', {}, el('b', {}, picture.name), el('label', {}, say('change'), range, figure), part),
      again,
      edit,
      remove,
    );
    box.hidden = false;
    again.hidden = true;
    void tellsItsStory(picture).then((tells) => {
      again.hidden = !tells || file !== picture;
    });
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

  return {
    /** With what was painted over it, as the options are called; nothing where no picture is attached. @returns {Record<string, Blob>} */
    files() {
      if (file === undefined) return {};
      return { image: file, ...(edited?.mask === undefined ? {} : { mask: edited.mask }) };
    },
    /** The picture alone. @returns {Record<string, Blob>} */
    picture: () => (file === undefined ? {} : { image: file }),
    /** What goes with the picture as text. @returns {Record<string, string>} */
    chosen() {
      if (file === undefined) return {};
      return { strength: range.value, ...(edited?.expand === undefined ? {} : { expand: edited.expand }) };
    },
    clear,
    /** The same as fields of a form. */
    fields() {
      const name = el('span.name', {}, file?.name ?? '');
      const chooser = el('input', {
        ...{ type: 'file', accept: TYPES.join(), 'aria-label': say('start_picture') },
        onchange: () => {
          take(chooser.files?.[0]);
          name.textContent = file?.name ?? '';
        },
      });
      const much = el('input', {
        type: 'range',
        min: range.min,
        max: '1',
        step: range.step,
        value: range.value,
      });
      much.addEventListener('input', () => {
        chosen = true;
        range.value = much.value;
        drawStrength();
      });
      const strength = el('label', {}, say('change'), much);
      return el('fieldset', {}, el('legend', {}, say('start_picture')), chooser, name, strength);
    },
  };
}
