/**
 * What goes beyond model, style and shape: size, sampler, steps, a start picture, LoRA files, a ControlNet with its
 * picture, a second pass. Behind one chip.
 */
import { field, openSheet } from './dialogs.js';
import { el, icon } from './elements.js';
import { keep, recall } from './keep.js';
import { openLoraRows } from './lora-rows.js';
import { room } from './room.js';
import { say } from './say.js';

const STORE = 'darkroom.more';
/** How many times as wide and high the second pass makes a picture. */
const UPSCALES = ['1.5', '2'];

/** @typedef {import('./lora-rows.js').Lora} Lora */
/** Options with a field each: its label, and how it is typed. @type {[string, import('./say.js').Word, string][]} */
const FIELDS = [
  ['size', 'size', 'text'],
  ['steps', 'steps', 'numeric'],
  ['sampler', 'sampler', 'text'],
  ['scheduler', 'scheduler', 'text'],
  ['cfg', 'guidance', 'decimal'],
  ['negative', 'negative', 'text'],
];

/** @typedef {{loras: Lora[], upscale: string, values: Record<string, string>}} Kept what is remembered until it is changed */

/** @param {HTMLElement} row of chips @param {Pick<ReturnType<typeof import('./attachment.js').openAttachment>, 'fields'>} attachment */
export function openMore(row, attachment) {
  const { loras: names, controlNets } = room.offers;
  const kept = readKept(recall(localStorage, STORE), names);
  /** @type {File | undefined} */
  let picture;
  let net = controlNets[0] ?? '';
  let strength = '1';
  let edges = true;

  const count = el('span.count', { hidden: true });
  const button = el(
    'button.more',
    { type: 'button', 'aria-haspopup': 'dialog', onclick: open },
    icon('plus'),
    say('more'),
    count,
  );
  row.append(button);

  function changed() {
    const set =
      kept.loras.length +
      Number(picture !== undefined) +
      Number(kept.upscale !== '') +
      Object.values(kept.values).filter((value) => value !== '').length;
    count.textContent = String(set);
    count.hidden = set === 0;
    keep(localStorage, STORE, kept);
  }

  function open() {
    const parts = [attachment.fields(), loraPart(), controlPart(), upscalePart()];
    openSheet(
      say('more'),
      el('div.fields', {}, ...FIELDS.map(valueField)),
      el('div.fields.one', {}, ...parts),
    );
  }

  /** @param {(typeof FIELDS)[number]} _ */
  function valueField([name, label, inputmode]) {
    const names = room.offers.options.find((option) => option.name === name)?.names;
    const value = kept.values[name] ?? '';
    const none = name === 'negative' ? say('negative_hint') : say('models_own');
    const control =
      names === undefined
        ? el('input', { name, inputmode, value, placeholder: none })
        : el(
            'select',
            { name },
            el('option', { value: '' }, none),
            ...names.map((one) => el('option', { value: one, selected: one === value }, one)),
          );
    control.addEventListener('input', () => {
      kept.values[name] = control.value.trim();
      changed();
    });
    return field(say(label), control, undefined, name === 'negative');
  }

  function loraPart() {
    if (names.length === 0) return undefined;
    return el('fieldset', {}, el('legend', {}, say('loras')), openLoraRows(names, kept.loras, changed));
  }

  function controlPart() {
    if (controlNets.length === 0) return undefined;
    const name = el('span.name', {}, picture?.name ?? '');
    const input = el('input', {
      type: 'file',
      accept: 'image/png,image/jpeg,image/webp',
      'aria-label': say('control_picture'),
      onchange: () => {
        picture = input.files?.[0];
        name.textContent = picture?.name ?? '';
        changed();
      },
    });
    const select = el(
      'select',
      { 'aria-label': say('control_net'), onchange: () => (net = select.value) },
      ...controlNets.map((one) => el('option', { value: one, selected: one === net }, one)),
    );
    const range = el('input', {
      type: 'range',
      min: '0',
      max: '2',
      step: '0.05',
      value: strength,
      'aria-label': say('control_strength'),
      oninput: () => (strength = range.value),
    });
    const box = el('input', { type: 'checkbox', checked: edges, onchange: () => (edges = box.checked) });
    return el(
      'fieldset',
      {},
      el('legend', {}, say('control')),
      input,
      name,
      el('div.control', {}, select, range),
      el('label.check', {}, box, say('control_edges')),
    );
  }

  function upscalePart() {
    const select = el(
      'select',
      {
        name: 'upscale',
        onchange: () => {
          kept.upscale = select.value;
          changed();
        },
      },
      el('option', { value: '' }, say('no_upscale')),
      ...UPSCALES.map((one) => el('option', { value: one, selected: one === kept.upscale }, `${one}x`)),
    );
    return el('label', {}, say('upscale'), select);
  }

  changed();
  return {
    /** By the names of options. @returns {Record<string, string>} */
    chosen() {
      const loras = kept.loras.map(({ name, strength: much }) => `${name}:${much}`).join(',');
      const values = Object.entries(kept.values).filter(([, value]) => value !== '');
      return {
        ...Object.fromEntries(values),
        ...(loras === '' ? {} : { lora: loras }),
        ...(kept.upscale === '' ? {} : { upscale: kept.upscale }),
        ...(picture === undefined
          ? {}
          : { 'control-model': net, 'control-strength': strength, 'control-edges': edges ? 'yes' : 'no' }),
      };
    },
    /** @returns {Record<string, Blob>} */
    files: () => (picture === undefined ? {} : { control: picture }),
  };
}

/** @param {unknown} value @param {readonly string[]} names of files that are here still @returns {Kept} */
function readKept(value, names) {
  const { loras = [], upscale = '', values = {} } = /** @type {Partial<Kept>} */ (value ?? {});
  return {
    loras: Array.isArray(loras) ? loras.filter(({ name }) => names.includes(name)) : [],
    upscale: UPSCALES.includes(upscale) ? upscale : '',
    values: Object.fromEntries(FIELDS.map(([name]) => [name, String(values[name] ?? '')])),
  };
}
