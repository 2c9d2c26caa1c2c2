/** `/forget-me`: deletes somebody's pictures, messages and settings, once they have said so twice. */
import { Fault } from '../config/faults.ts';
import { Phrase, say } from '../config/messages.ts';
import type { Command } from './command.ts';
import { readValue } from './read-option.ts';

const YES = 'yes';

const CONFIRM = {
  type: { kind: 'text', min: 1, max: 64 },
  help: new Phrase('option.forget-me.confirm'),
  defaultText: new Phrase('without.forget-me.confirm'),
  chat: true,
} as const;

export const forgetMe: Command = {
  name: 'forget-me',
  description: new Phrase('command.forget-me.description'),
  options: { confirm: CONFIRM },
  async run(given, { by, jobs, language }) {
    if (given.confirm === undefined) {
      // The button carries whose it is: pressed by somebody else, it must not delete that person's pictures.
      const button = { label: say(language, 'forget.button'), types: `/forget-me --confirm ${by.id}` };
      return {
        private: true,
        title: say(language, 'forget.title'),
        lines: [say(language, 'forget.what')],
        buttons: [{ ...button, look: 'danger' }],
      };
    }
    const confirm = readValue(CONFIRM.type, given.confirm, 'confirm').trim();
    if (confirm !== by.id && confirm.toLowerCase() !== YES) {
      throw new Fault('option.value', { option: 'confirm', value: confirm, allowed: YES });
    }
    const { requests, refused, pending, others } = await jobs.forget();
    if (requests === 0) return { private: true, lines: [say(language, 'forget.nothing')] };
    return {
      private: true,
      lines: [
        say(language, 'forget.done', { n: requests }),
        ...(refused > 0 ? [say(language, 'forget.refused', { n: refused })] : []),
        ...(pending > 0 ? [say(language, 'forget.pending', { n: pending })] : []),
        ...(others > 0 ? [say(language, 'forget.others', { n: others })] : []),
        say(language, 'forget.beyond'),
      ],
    };
  },
};
