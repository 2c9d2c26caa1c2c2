/** `/show`: a picture of before, by its id or the link to its message, with all that made it. */
import { Fault } from '../config/faults.ts';
import type { Command } from './command.ts';
import { pictureReply } from './picture-reply.ts';
import { readValue } from './read-option.ts';

const PICTURE = {
  type: { kind: 'text', min: 1, max: 200 },
  help: 'Its id, or the link to its message',
  required: true,
  chat: true,
} as const;

export const show: Command = {
  name: 'show',
  description: 'Show a picture again, and all that made it',
  options: { picture: PICTURE },
  words: 'picture',
  async run(given, { jobs, language, messageOf }) {
    if (given.picture === undefined) throw new Fault('option.missing', { option: 'picture' });
    const typed = readValue(PICTURE.type, given.picture, 'picture').trim();
    return pictureReply(jobs.show(typed, messageOf?.(typed)), language);
  },
};
