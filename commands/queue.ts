/** `/queue`: who is waiting, and when it is whose turn. Others' prompts are not told: they may be private. */
import type { Command, ReplyButton } from './command.ts';
import { inAbout } from './durations.ts';
import { inOneLine } from './mentions.ts';
import type { QueuePlace } from './studio.ts';

/** Places shown: the list is to be read, not scrolled. */
const SHOWN = 10;

export const queue: Command = {
  name: 'queue',
  description: 'Show what is waiting, and when it is your turn',
  options: {},
  async run(_, { studio, abilities }) {
    const { waiting, running } = studio.queue();
    const mine = waiting.filter((place) => place.mine);
    const shown = waiting.filter((place, i) => i < SHOWN || place.mine);
    const hidden = waiting.length - shown.length;
    const buttons: ReplyButton[] = mine.map(({ id, place }) => ({
      label: `Cancel no. ${place}`,
      types: `/cancel ${id}`,
      look: 'plain',
    }));
    return {
      private: true,
      title: 'Queue',
      lines: [
        summary(waiting.length, running),
        ...shown.map(line),
        ...(hidden > 0 ? [`… and ${hidden} more.`] : []),
      ],
      ...(abilities.buttons && buttons.length > 0 && { buttons: buttons.slice(0, 5) }),
    };
  },
};

function summary(waiting: number, running: number): string {
  const made = running === 0 ? 'Nothing is being made' : `${running} being made`;
  return `${made}, ${waiting === 0 ? 'nobody is waiting' : `${waiting} waiting`}.`;
}

function line({ place, mine, model, prompt, startsIn, endsIn }: QueuePlace): string {
  const what = mine ? `yours: ${inOneLine(prompt ?? '', 60)}` : 'somebody';
  return `${place}. ${what} (${model}), begins ${inAbout(startsIn)}, done ${inAbout(endsIn)}`;
}
