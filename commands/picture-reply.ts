/** Pictures of before as a reply: what they show, and what made them. */
import type { Language } from '../config/languages.ts';
import { say } from '../config/messages.ts';
import type { Reply, ReplyPicture } from './command.ts';
import type { PastRequest, ShownRequest } from './job-service.ts';
import { inOneLine, withoutMentions } from './mentions.ts';

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
    asFiles: true,
  };
}

/** All pictures of a request. */
export function picturesOf(request: PastRequest, language: Language): ReplyPicture[] {
  const { id, prompt } = request;
  return Array.from({ length: request.pictures }, (_, index) => ({
    job: id,
    index,
    alt: inOneLine(prompt, 300),
    caption: [inOneLine(prompt), captionOf(request, language)].join(' · '),
  }));
}

/** `nano · seed 42 · 512x512 · 20 steps`. */
export function captionOf({ model, seed, width, height, steps }: PastRequest, language: Language): string {
  return [model, `seed ${seed}`, `${width}x${height}`, say(language, 'facts.steps', { n: steps })].join(
    ' · ',
  );
}
