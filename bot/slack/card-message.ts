/** A job's card as a Slack message: the prompt, how far it is or its pictures, what made it, buttons. */
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { viewOf } from '../chat/card-view.ts';
import type { Card } from '../messages/card.ts';
import { shortened } from '../messages/sentences.ts';
import {
  actions,
  context,
  filePicture,
  LONGEST,
  type SlackMessage,
  section,
  webPicture,
  words,
} from './blocks.ts';
import { escaped, harmless } from './escape.ts';

export interface Showing {
  readonly language: Language;
  /** Slack's id of the finished picture, or of the sheet of several. */
  readonly file?: string;
  /** Where Slack finds the newest preview. */
  readonly previewUrl?: string | undefined;
  /** Who is told that the picture is there: the only mention there ever is. */
  readonly mention?: string | undefined;
}

/** Escaping makes one character five; a section has 3,000. */
const PROMPT = LONGEST.section - 20;
const NOTIFICATION = 300;
/** What made a picture, where LoRA files have long names. */
const FACTS = 1500;

export function showCard(card: Card, { language, file, previewUrl, mention }: Showing): SlackMessage {
  const { headline, sentence, facts, origin, made, note, alt, buttons } = viewOf(card, language);
  const { prompt } = card.facts;
  const status = [headline, sentence && harmless(sentence)].filter(Boolean).join('\n');
  const told = [shortened(oneLine(prompt), NOTIFICATION), headline ?? sentence].filter(Boolean).join(' · ');
  const name = mention === undefined ? harmless(card.by.name) : `<@${mention}>`;
  const from = origin?.link === undefined ? origin?.words : `<${origin.link}|${origin.words}>`;
  const more = [from, made && harmless(made)].filter(Boolean).join(' · ');
  const picture =
    file === undefined ? undefined : filePicture(file, alt(card.pictures.length > 1 ? 'all' : 0));
  const shown = previewUrl === undefined ? picture : webPicture(previewUrl, alt(0));
  return {
    text: harmless(told),
    blocks: [
      words(fitting(prompt, PROMPT)),
      ...(shown === undefined ? [] : [shown]),
      ...(status === '' ? [] : [section(shortened(status, LONGEST.section))]),
      context(
        [`${shortened(escaped(facts), FACTS)} · ${say(language, 'card.by', { name })}`, more]
          .filter(Boolean)
          .join('\n'),
      ),
      ...(note === undefined ? [] : [context('', shortened(harmless(note), LONGEST.context))]),
      ...actions(buttons),
    ],
  };
}

/**
 * What stands in the progress message once the picture has a message of its own.
 * @param where the address of that message, or words about it; undefined where Slack does not tell
 */
export function showLink({ facts }: Card, where: string | undefined, language: Language): SlackMessage {
  const prompt = shortened(harmless(oneLine(facts.prompt)), 150);
  const there = where ?? say(language, 'card.below');
  const link = /^https?:/.test(there) ? `<${there}|${say(language, 'card.there')}>` : there;
  return { text: `${link} · ${prompt}`, blocks: [context(link, prompt)] };
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

/** A text that is not longer than allowed once it is escaped. */
function fitting(text: string, most: number): string {
  for (let length = most; ; length = Math.floor(length * 0.8)) {
    const shown = harmless(shortened(text, length));
    if (shown.length <= most) return shown;
  }
}
