/** Words for people on Discord: refusals in their language, anybody's own words without mentions or markup. */
import { escapeMarkdown } from 'discord.js';
import { withoutMentions } from '../../commands/mentions.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { shortened, toldSentence } from '../messages/sentences.ts';

/** Characters of a message without components. */
const LONGEST = 2000;

/** The one sentence of a refusal or failure. */
export function sentenceOf(error: unknown, language: Language): string {
  const sentence = toldSentence(error, language);
  return shortened(error instanceof Fault ? harmless(sentence) : sentence, LONGEST);
}

/** Text that shows as it is: no bold, no headings, no links with other names, no mentions. */
export function harmless(text: string): string {
  const escaped = escapeMarkdown(text, {
    heading: true,
    bulletedList: true,
    numberedList: true,
    maskedLink: true,
  });
  // Quotes and small print at the beginning of a line are not among what discord.js escapes.
  const lines = escaped.replace(/^([^\S\n\r\u2028\u2029]*)(>|-#)/gm, '$1\\$2');
  return withoutMentions(lines.replaceAll('](', ']\u200b('));
}
