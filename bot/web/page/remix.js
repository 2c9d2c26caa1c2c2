/** Remix: the request of a picture as a form, to be changed and sent as a new one. */
import { api } from './api.js';
import { field, makeForm, openSheet } from './dialogs.js';
import { el } from './elements.js';
import { room } from './room.js';

const ASPECTS = ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16'];

export function openRemix(message) {
  const { options, facts } = message;
  const given = (name, otherwise = '') => String(options[name] ?? otherwise);
  const input = (name, properties = {}) => el('input', { name, value: given(name), ...properties });
  const select = (name, names, none) =>
    el(
      'select',
      { name },
      none !== undefined && el('option', { value: '' }, none),
      ...names.map((one) => el('option', { value: one, selected: one === given(name) }, one)),
    );
  const { models, styles } = room.offers;
  const aspects =
    ASPECTS.includes(given('aspect')) || given('aspect') === '' ? ASPECTS : [given('aspect'), ...ASPECTS];
  const form = makeForm(
    [
      field(
        'Prompt',
        el('textarea', { name: 'prompt', required: true, rows: '3' }, given('prompt', facts.prompt)),
        undefined,
        true,
      ),
      field(
        'Model',
        select(
          'model',
          models.map(({ name }) => name),
        ),
      ),
      field('Style', select('style', styles)),
      field(
        'Seed',
        input('seed', { inputmode: 'numeric', value: String(facts.seed) }),
        'Empty for a new one',
      ),
      field('Shape', select('aspect', aspects, 'as the model likes')),
      field('Steps', input('steps', { inputmode: 'numeric', placeholder: "the model's own" })),
      field('Guidance', input('cfg', { inputmode: 'decimal', placeholder: "the model's own" })),
      field('Negative', input('negative', { placeholder: 'what it shall not show' }), undefined, true),
    ],
    'Make it',
    async (values) => {
      const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
      if (options.size !== undefined && filled.aspect === undefined) filled.size = String(options.size);
      if (options.count !== undefined) filled.count = String(options.count);
      await api.imagine({ ...filled, remix_of: message.id });
      room.doing.showView('chat');
      room.doing.scrollToEnd();
    },
  );
  const dialog = openSheet('Remix', form);
  dialog.querySelector('textarea')?.focus();
}
