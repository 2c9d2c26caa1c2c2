/** Words for people on Discord: refusals in their language, anybody's own words without mentions or markup. */
import { escapeMarkdown } from 'discord.js';
import { withoutMentions } from '../../commands/mentions.ts';
import { faultSentence } from '../../config/fault-sentence.ts';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';

/** The one sentence of a refusal or failure. What nobody foresaw is told without its text: that is for the log. */
export function sentenceOf(error: unknown, language: Language): string {
  if (!(error instanceof Fault)) return say(language, 'refusal.unforeseen');
  return harmless(faultSentence(error, language));
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
  const lines = escaped.replace(/^(\s*)(>|-#)/gm, '$1\\$2');
  return withoutMentions(lines.replaceAll('](', ']\u200b('));
}

/** At most so many characters, the last a sign that more was there. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** A time to wait in words. @param ms milliseconds */
export function inWords(ms: number, language: Language): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return say(language, 'duration.seconds', { n: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return say(language, 'duration.minutes', { n: minutes });
  return say(language, 'duration.hours', { n: Math.round(minutes / 60) });
}
