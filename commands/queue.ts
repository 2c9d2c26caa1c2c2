/** `/queue`: who is waiting, and when it is whose turn. Others' prompts are not told: they may be private. */
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';
import type { Command, ReplyButton } from './command.ts';
import { inAbout } from './durations.ts';
import type { QueuePlace } from './job-service.ts';
import { inOneLine } from './mentions.ts';

/** Places shown: the list is to be read, not scrolled. */
const SHOWN = 10;

export const queue: Command = {
  name: 'queue',
  description: 'Show what is waiting, and when it is your turn',
  options: {},
  async run(_, { jobs, language }) {
    const { waiting, running } = jobs.queue();
    const mine = waiting.filter((place) => place.mine);
    const shown = waiting.filter((place, i) => i < SHOWN || place.mine);
    const hidden = waiting.length - shown.length;
    const buttons: ReplyButton[] = mine.map(({ id, place }) => ({
      label: say(language, 'queue.cancel', { place }),
      types: `/cancel ${id}`,
      look: 'plain',
    }));
    return {
      private: true,
      title: say(language, 'queue.title'),
      lines: [
        say(language, 'queue.summary', { running, waiting: waiting.length }),
        ...shown.map((place) => line(place, language)),
        ...(hidden > 0 ? [say(language, 'queue.more', { n: hidden })] : []),
      ],
      ...(buttons.length > 0 && { buttons: buttons.slice(0, 5) }),
    };
  },
};

function line({ place, mine, model, prompt, startsIn, endsIn }: QueuePlace, language: Language): string {
  const times = { starts: inAbout(startsIn, language), ends: inAbout(endsIn, language) };
  if (!mine) return say(language, 'queue.other', { place, model, ...times });
  return say(language, 'queue.mine', { place, model, prompt: inOneLine(prompt ?? '', 60), ...times });
}
