/** `/gallery`: one's own pictures, the newest first. */
import { faultSentence } from '../config/fault-sentence.ts';
import type { Language } from '../config/languages.ts';
import { Phrase, say } from '../config/messages.ts';
import type { Command, ReplyButton } from './command.ts';
import type { PastRequest } from './job-service.ts';
import { inOneLine } from './mentions.ts';
import { picturesOf } from './picture-reply.ts';
import { readValue } from './read-option.ts';

/** Requests a page: what one message can show. */
const PAGE = 4;

const BEFORE = {
  type: { kind: 'text', min: 1, max: 64 },
  help: new Phrase('option.gallery.before'),
  defaultText: new Phrase('without.gallery.before'),
  chat: true,
} as const;

/** Beside the button: pressing it types this. */
const AGAIN = {
  type: { kind: 'text', min: 1, max: 64 },
  help: new Phrase('option.gallery.again'),
  defaultText: new Phrase('without.gallery.again'),
  chat: true,
} as const;

export const gallery: Command = {
  name: 'gallery',
  description: new Phrase('command.gallery.description'),
  options: { before: BEFORE, again: AGAIN },
  words: 'before',
  async run(given, { jobs, language }) {
    if (given.again !== undefined) {
      const { id } = await jobs.deliverAgain(readValue(AGAIN.type, given.again, 'again').trim());
      return { job: id };
    }
    const before =
      given.before === undefined ? undefined : readValue(BEFORE.type, given.before, 'before').trim();
    const found = jobs.pastRequests(PAGE + 1, before);
    const page = found.slice(0, PAGE);
    if (page.length === 0) {
      const none =
        before === undefined
          ? say(language, 'gallery.none', { command: '/imagine' })
          : say(language, 'gallery.no_older');
      return { private: true, lines: [none] };
    }
    const next = `/gallery ${page.at(-1)!.id}`;
    const isMore = found.length > PAGE;
    const undelivered = page.filter((request) => request.undelivered !== undefined);
    const older: ReplyButton = { label: say(language, 'gallery.older'), types: next, look: 'plain' };
    const buttons = [...undelivered.map((one) => again(one, language)), ...(isMore ? [older] : [])];
    return {
      private: true,
      title: say(language, 'gallery.title'),
      lines: undelivered.map((request) => whyNot(request, language)),
      pictures: page.flatMap((request) => picturesOf(request, language)),
      ...(buttons.length > 0 && { buttons }),
    };
  },
};

/** Why a picture did not arrive. */
function whyNot({ prompt, undelivered = '' }: PastRequest, language: Language): string {
  const sentence = faultSentence({ code: 'job.undelivered', data: { reason: undelivered } }, language);
  return `${inOneLine(prompt)}: ${sentence}`;
}

function again({ id, prompt }: PastRequest, language: Language): ReplyButton {
  const label = `${say(language, 'button.again')}: ${inOneLine(prompt, 40)}`;
  return { label, types: `/gallery --again ${id}`, look: 'plain' };
}
