/** A job's card as a Slack message: the prompt, how far it is or its pictures, what made it, buttons. */
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { buttonId } from '../chat/custom-id.ts';
import { type Card, factsLine, madeLine, sentenceOfCard } from '../messages/card.ts';
import { actionLabel, actionLook, altText, headline } from '../messages/card-words.ts';
import { sayUnknown } from '../messages/known-words.ts';
import { shortened } from '../messages/sentences.ts';
import {
  actions,
  type Block,
  button,
  context,
  filePicture,
  LONGEST,
  menu,
  type SlackMessage,
  section,
  webPicture,
  words,
} from './blocks.ts';
import { escaped, harmless } from './escape.ts';

export interface Showing {
  readonly language: Language;
  /** Slack's ids of the finished pictures, in their order. */
  readonly files?: readonly string[];
  /** Where Slack finds the newest preview. */
  readonly previewUrl?: string | undefined;
  /** Who is told that the picture is there: the only mention there ever is. */
  readonly mention?: string | undefined;
}

/** Escaping makes one character five; a section has 3,000. */
const PROMPT = LONGEST.section - 20;
const NOTIFICATION = 300;

export function showCard(card: Card, showing: Showing): SlackMessage {
  const { language } = showing;
  const sentence = sentenceOfCard(card, language);
  const status = [headline(card, language), sentence && harmless(sentence)].filter(Boolean);
  return {
    text: notification(card, language),
    blocks: [
      words(fitting(card.facts.prompt, PROMPT)),
      ...pictures(card, showing),
      ...(status.length === 0 ? [] : [section(shortened(status.join('\n'), LONGEST.section))]),
      context(smallPrint(card, showing)),
      ...unknown(card, language),
      ...actions(buttons(card, language)),
    ],
  };
}

/**
 * What stands in the progress message once the picture has a message of its own.
 * @param where the address of that message, or words about it; undefined where Slack does not tell
 */
export function showLink(card: Card, where: string | undefined, language: Language): SlackMessage {
  const prompt = shortened(harmless(card.facts.prompt.replace(/\s+/g, ' ')), 150);
  const words = where ?? say(language, 'card.below');
  const link = /^https?:/.test(words) ? `<${words}|${say(language, 'card.there')}>` : words;
  return { text: `${link} · ${prompt}`, blocks: [context(link, prompt)] };
}

/** A text that is not longer than allowed once it is escaped. */
function fitting(text: string, most: number): string {
  for (let length = most; ; length = Math.floor(length * 0.8)) {
    const shown = harmless(shortened(text, length));
    if (shown.length <= most) return shown;
  }
}

function notification(card: Card, language: Language): string {
  const prompt = shortened(card.facts.prompt.replace(/\s+/g, ' '), NOTIFICATION);
  const status = headline(card, language) ?? sentenceOfCard(card, language);
  return harmless(status === undefined ? prompt : `${prompt} · ${status}`);
}

function pictures(card: Card, { files = [], previewUrl, language }: Showing): Block[] {
  const alt = (index: number) => shortened(altText(card, index, language), LONGEST.alt);
  if (previewUrl !== undefined) return [webPicture(previewUrl, alt(0))];
  return files.map((file, i) => filePicture(file, alt(i), files.length > 1 ? String(i + 1) : undefined));
}

function smallPrint(card: Card, { language, mention }: Showing): string {
  const { facts, by } = card;
  const name = mention === undefined ? harmless(by.name) : `<@${mention}>`;
  const made = madeLine(card, language);
  const more = made === undefined ? '' : `\n${harmless(made)}`;
  return `${escaped(factsLine(facts, language))} · ${say(language, 'card.by', { name })}${more}`;
}

/** What the built-in model was not taught, where it was asked for that. */
function unknown({ unknownWords = [] }: Card, language: Language): Block[] {
  const note = sayUnknown(unknownWords, language);
  return note === undefined ? [] : [context('', shortened(harmless(note), LONGEST.context))];
}

/** With several pictures, Pick and Vary are menus: one entry a picture. */
function buttons({ job, actions: offered, pictures: shown }: Card, language: Language): Block[] {
  return offered.map((action) => {
    const label = shortened(actionLabel(action, language), LONGEST.button);
    if ((action !== 'vary' && action !== 'pick') || shown.length < 2)
      return button(label, buttonId(action, job), actionLook(action));
    const entries = shown.map(({ index }) => ({
      label: say(language, `button.${action}_of`, { number: index + 1 }),
      id: buttonId(action, job, index),
    }));
    return menu(label, `v1:${action}_pick:${job}`, entries);
  });
}
