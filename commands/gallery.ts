/** `/gallery`: one's own pictures, the newest first. */
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';
import type { Command, ReplyButton, ReplyPicture } from './command.ts';
import { inOneLine } from './mentions.ts';
import { readValue } from './read-option.ts';
import type { PastRequest } from './studio.ts';

/** Requests a page: what one message can show. */
const PAGE = 4;

const BEFORE = {
  type: { kind: 'text', min: 1, max: 64 },
  help: 'Only pictures older than the one with this id',
  otherwise: 'the newest',
  chat: true,
} as const;

export const gallery: Command = {
  name: 'gallery',
  description: 'Show your own pictures',
  options: { before: BEFORE },
  words: 'before',
  async run(given, { studio, abilities, language }) {
    const before =
      given.before === undefined ? undefined : readValue(BEFORE.type, given.before, 'before').trim();
    const found = studio.pastRequests(PAGE + 1, before);
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
    const older: ReplyButton = { label: say(language, 'gallery.older'), types: next, look: 'plain' };
    return {
      private: true,
      title: say(language, 'gallery.title'),
      lines: [
        ...(abilities.pictures ? [] : page.map((request) => caption(request, language))),
        ...(isMore && !abilities.buttons ? [say(language, 'gallery.older_ones', { command: next })] : []),
      ],
      ...(abilities.pictures && { pictures: page.flatMap((request) => pictures(request, language)) }),
      ...(isMore && abilities.buttons && { buttons: [older] }),
    };
  },
};

function pictures(request: PastRequest, language: Language): ReplyPicture[] {
  const { id, prompt } = request;
  return Array.from({ length: request.pictures }, (_, index) => ({
    job: id,
    index,
    alt: inOneLine(prompt, 300),
    caption: caption(request, language),
  }));
}

function caption({ prompt, model, seed, width, height, steps }: PastRequest, language: Language): string {
  const facts = [model, `seed ${seed}`, `${width}x${height}`, say(language, 'facts.steps', { n: steps })];
  return [inOneLine(prompt), ...facts].join(' · ');
}
