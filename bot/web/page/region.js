/** Vary region: part of a finished picture painted anew, or the picture made larger, as a new request that starts from it. */
import { api } from './api.js';
import { field } from './dialogs.js';
import { el } from './elements.js';
import { openMaskEditor } from './mask-editor.js';
import { room, sentenceOf } from './room.js';
import { say } from './say.js';

/** @typedef {import('./room.js').Message} Message */

/** How far the painted part goes from what was there, unless somebody says otherwise: all the way. */
const STRENGTH = '1';
/** Options of the picture that its region has its own of, or that belong to pictures which it has not. */
const OWN = [
  'prompt',
  'seed',
  'count',
  'strength',
  'expand',
  'aspect',
  'size',
  'upscale',
  'upscale-strength',
];
const OF_CONTROL = /^control/;

/** As large as it is; one that a second pass has made larger is left to the service. @param {Message} message @param {string | undefined} expand */
function shapeOf({ options, facts }, expand) {
  if (expand !== undefined) return { expand };
  return options.upscale === undefined ? { size: `${facts.width}x${facts.height}` } : {};
}

/** @param {Message} message @param {number} index which of its pictures, from 0 */
export async function openRegion(message, index) {
  const { options, facts } = message;
  const src = message.pictures[index]?.url;
  if (src === undefined) return;
  const words = String(options.prompt ?? facts.prompt);
  const prompt = el('textarea', { name: 'prompt', required: true, rows: '2' }, words);
  const figure = el('output', {}, Number(STRENGTH).toFixed(2));
  const strength = el('input', {
    type: 'range',
    min: '0.05',
    max: '1',
    step: '0.05',
    value: STRENGTH,
    oninput: () => {
      figure.textContent = Number(strength.value).toFixed(2);
    },
  });
  try {
    await openMaskEditor({
      title: say('region'),
      src,
      alt: facts.prompt,
      verb: say('make'),
      fields: [
        field(say('prompt'), prompt, undefined, true),
        el('label', {}, el('span', {}, say('change'), ' ', figure), strength),
      ],
      async done({ mask, expand }) {
        if (mask === undefined && expand === undefined) throw new Error(say('nothing_painted'));
        const known = room.offers.options.filter(({ name }) => !OWN.includes(name) && !OF_CONTROL.test(name));
        const kept = Object.entries(options).filter(([name]) => known.some((one) => one.name === name));
        const fields = {
          ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
          prompt: prompt.value,
          strength: strength.value,
          ...shapeOf(message, expand),
          remix_of: message.id,
        };
        const image = await (await fetch(src)).blob();
        await api.imagine(fields, { image, ...(mask === undefined ? {} : { mask }) });
        room.doing.showView('chat');
        room.doing.scrollToEnd();
      },
    });
  } catch (error) {
    room.doing.note({ error: true, lines: [sentenceOf(error)] });
  }
}
