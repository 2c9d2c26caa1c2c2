/** `/show`: a picture of before, by its id or the link to its message, with all that made it. */
import { Fault } from '../config/faults.ts';
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';
import type { Command, Reply } from './command.ts';
import { captionOf, picturesOf } from './gallery.ts';
import type { ShownRequest } from './job-service.ts';
import { withoutMentions } from './mentions.ts';
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

/** A request's pictures, for one person alone. */
export function pictureReply(request: ShownRequest, language: Language): Reply {
  const { negative, style, command, id } = request;
  const field = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [{ name, value: withoutMentions(value) }];
  return {
    private: true,
    lines: [withoutMentions(request.prompt), captionOf(request, language)],
    fields: [
      ...field(say(language, 'settings.style'), style),
      ...field(say(language, 'settings.negative'), negative),
      ...field(say(language, 'show.command'), command),
      ...field(say(language, 'show.id'), id),
    ],
    pictures: picturesOf(request, language),
  };
}
