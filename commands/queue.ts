/** `/queue`: who is waiting, and when it is whose turn. Others' prompts are not told: they may be private. */
import type { Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import type { Command, ReplyButton } from './command.ts';
import { inAbout } from './durations.ts';
import type { QueuePlace } from './job-service.ts';
import { inOneLine } from './mentions.ts';

/** Requests shown: the list is to be read, not scrolled. */
const SHOWN = 10;

export const queue: Command = {
  name: 'queue',
  description: new Phrase('command.queue.description'),
  options: {},
  async run(_, { jobs, language }) {
    const { waiting, running } = jobs.queue();
    const mine = waiting.filter((one) => one.mine);
    const shown = waiting.filter((one, i) => i < SHOWN || one.mine);
    const hidden = waiting.length - shown.length;
    const buttons: ReplyButton[] = mine.map(({ id, position }) => ({
      label: say(language, 'queue.cancel', { position }),
      types: `/cancel ${id}`,
      look: 'plain',
    }));
    return {
      private: true,
      title: say(language, 'queue.title'),
      lines: [
        say(language, 'queue.summary', { running, waiting: waiting.length }),
        ...shown.map((one) => line(one, language)),
        ...(hidden > 0 ? [say(language, 'queue.more', { n: hidden })] : []),
      ],
      ...(buttons.length > 0 && { buttons: buttons.slice(0, 5) }),
    };
  },
};

function line({ position, mine, model, prompt, startsIn, endsIn }: QueuePlace, language: Language): string {
  const times = { starts: inAbout(startsIn, language), ends: inAbout(endsIn, language) };
  if (!mine) return say(language, 'queue.other', { position, model, ...times });
  return say(language, 'queue.mine', { position, model, prompt: inOneLine(prompt ?? '', 60), ...times });
}
