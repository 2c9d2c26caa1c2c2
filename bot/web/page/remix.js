/** Remix: the request of a picture as a form, to be changed and sent as a new one. */
import { api } from './api.js';
import { field, makeForm, openSheet } from './dialogs.js';
import { el } from './elements.js';
import { ASPECTS, describeAction, room } from './room.js';
import { say } from './say.js';

/** Options of the picture that have no field of their own and stay as they are. */
const KEPT = ['count', 'lora', 'upscale', 'upscale-strength'];

/** @param {import('./room.js').Message} message */
export function openRemix(message) {
  const { options, facts } = message;
  const given = (/** @type {string} */ name, defaultText = '') => String(options[name] ?? defaultText);
  /** @param {string} name @param {Record<string, string>} [properties] */
  const input = (name, properties = {}) => el('input', { name, value: given(name), ...properties });
  /** @param {string} name @param {readonly string[]} names @param {string} [none] */
  const select = (name, names, none) =>
    el(
      'select',
      { name },
      none !== undefined && el('option', { value: '' }, none),
      ...names.map((one) => el('option', { value: one, selected: one === given(name) }, one)),
    );
  const { models, styles } = room.offers;
  const modelNames = models.map(({ name }) => name);
  const aspects =
    ASPECTS.includes(given('aspect')) || given('aspect') === '' ? ASPECTS : [given('aspect'), ...ASPECTS];
  const prompt = el('textarea', { name: 'prompt', required: true, rows: '3' }, given('prompt', facts.prompt));
  const placeholder = say('models_own');
  const form = makeForm(
    [
      field(say('prompt'), prompt, undefined, true),
      field(say('model'), select('model', modelNames)),
      field(say('style'), select('style', styles)),
      field(
        say('seed'),
        input('seed', { inputmode: 'numeric', value: String(facts.seed) }),
        say('seed_hint'),
      ),
      field(say('shape'), select('aspect', aspects, say('no_shape'))),
      field(say('steps'), input('steps', { inputmode: 'numeric', placeholder })),
      field(say('guidance'), input('cfg', { inputmode: 'decimal', placeholder })),
      field(say('negative'), input('negative', { placeholder: say('negative_hint') }), undefined, true),
    ],
    say('make'),
    async (values) => {
      const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
      if (options.size !== undefined && filled.aspect === undefined) filled.size = String(options.size);
      for (const name of KEPT) if (options[name] !== undefined) filled[name] = String(options[name]);
      await api.imagine({ ...filled, remix_of: message.id });
      room.doing.showView('chat');
      room.doing.scrollToEnd();
    },
  );
  openSheet(describeAction('remix').label, form);
  prompt.focus();
}
