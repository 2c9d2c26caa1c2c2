/** `/forget-me`: deletes somebody's pictures, messages and settings, once they have said so twice. */
import { Fault } from '../config/faults.ts';
import type { Command } from './command.ts';
import { readValue } from './read-option.ts';

const YES = 'yes';

const CONFIRM = {
  type: { kind: 'text', min: 1, max: 64 },
  help: `"${YES}" deletes; without it you are asked first`,
  otherwise: 'ask first',
  chat: true,
} as const;

export const forgetMe: Command = {
  name: 'forget-me',
  description: 'Delete all your pictures and everything kept about you',
  options: { confirm: CONFIRM },
  async run(given, { by, studio, abilities }) {
    if (given.confirm === undefined) {
      // The button carries whose it is: pressed by somebody else, it must not delete that person's pictures.
      const button = { label: 'Delete everything of mine', types: `/forget-me --confirm ${by.id}` };
      return {
        private: true,
        title: 'Delete everything of yours?',
        lines: [
          'All pictures you asked for here, their messages and your settings are deleted for good. Unfinished requests are cancelled.',
          ...(abilities.buttons ? [] : [`To do it: /forget-me --confirm ${YES}`]),
        ],
        ...(abilities.buttons && { buttons: [{ ...button, look: 'danger' as const }] }),
      };
    }
    const confirm = readValue(CONFIRM.type, given.confirm, 'confirm').trim();
    if (confirm !== by.id && confirm.toLowerCase() !== YES) {
      throw new Fault('option.value', { option: 'confirm', value: confirm, allowed: YES });
    }
    const count = await studio.forget();
    const requests = `${count} ${count === 1 ? 'request' : 'requests'}`;
    return {
      private: true,
      lines: [
        count === 0
          ? 'Done: nothing was kept about you.'
          : `Done: ${requests} with all pictures, and your settings.`,
      ],
    };
  },
};
