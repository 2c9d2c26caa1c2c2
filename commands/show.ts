/** `/show`: a picture of before, by its id or the link to its message, with all that made it. */
import { Fault } from '../config/faults.ts';
import { Phrase } from '../config/messages.ts';
import type { Command } from './command.ts';
import { pictureReply } from './picture-reply.ts';
import { readValue } from './read-option.ts';

const PICTURE = {
  type: { kind: 'text', min: 1, max: 200 },
  help: new Phrase('option.show.picture'),
  required: true,
  chat: true,
} as const;

export const show: Command = {
  name: 'show',
  description: new Phrase('command.show.description'),
  options: { picture: PICTURE },
  words: 'picture',
  async run(given, { jobs, language, messageOf }) {
    if (given.picture === undefined) throw new Fault('option.missing', { option: 'picture' });
    const typed = readValue(PICTURE.type, given.picture, 'picture').trim();
    return pictureReply(jobs.show(typed, messageOf?.(typed)), language);
  },
};
