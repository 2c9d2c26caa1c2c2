/** What a job's message says and offers, in words and buttons, for every chat to lay out in its own way. */
import type { ReplyButton } from '../../commands/command.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { type Card, factsLine, madeLine, originLine, sentenceOfCard } from '../messages/card.ts';
import { actionLabel, actionLook, altText, headline } from '../messages/card-words.ts';
import { sayNotes } from '../messages/prompt-notes.ts';
import { buttonId, typedId } from './custom-id.ts';

export interface ButtonView {
  readonly label: string;
  readonly id: string;
  readonly look: 'plain' | 'main' | 'danger';
  /** Where it must be said for which picture of several: one for each. */
  readonly choices?: readonly { readonly label: string; readonly id: string }[];
}

export interface CardView {
  /** How far it is, in our own words. */
  readonly headline: string | undefined;
  /** Why it failed or was not delivered; somebody's words may stand in it. */
  readonly sentence: string | undefined;
  /** What made it. */
  readonly facts: string;
  /** What it was made from, in our own words, and the address of its message where that is known. */
  readonly origin: { readonly words: string; readonly link: string | undefined } | undefined;
  /** What else made it: somebody's words stand in it. */
  readonly made: string | undefined;
  /** What was not understood of what was asked for; somebody's words stand in it. */
  readonly note: string | undefined;
  /** What each picture shows, or a sheet of all, for those who do not see it; of an unfinished one there is one. */
  readonly alt: (index: number | 'all') => string;
  readonly buttons: readonly ButtonView[];
}

export function viewOf(card: Card, language: Language): CardView {
  const origin = originLine(card, language);
  return {
    headline: headline(card, language),
    sentence: sentenceOfCard(card, language),
    facts: factsLine(card.facts, language),
    origin: origin === undefined ? undefined : { words: origin, link: card.origin?.link },
    made: madeLine(card, language),
    note: sayNotes(card, language),
    alt: (index) => altText(card, index, language),
    buttons: card.actions.map((action) => {
      const { job, pictures } = card;
      const common = { label: actionLabel(action, language), look: actionLook(action) };
      const isOfEach = (action === 'vary' || action === 'pick') && pictures.length > 1;
      if (!isOfEach) return { ...common, id: buttonId(action, job) };
      const choices = pictures.map(({ index }) => ({
        label: say(language, `button.${action}_of`, { number: index + 1 }),
        id: buttonId(action, job, index),
      }));
      return { ...common, id: `v1:${action}_pick:${job}`, choices };
    }),
  };
}

/** A reply's button: pressing it types a command. */
export function viewOfReplyButton({ label, types, look }: ReplyButton): ButtonView {
  return { label, id: typedId(types), look };
}
