/** Words for people in the chats, before each platform takes its own markup out of them. */
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { sentenceWithoutFolders } from './without-folders.ts';

/** The one sentence of a refusal or failure. What nobody foresaw is told without its text: that is for the log. */
export function toldSentence(error: unknown, language: Language): string {
  return error instanceof Fault
    ? sentenceWithoutFolders(error, language)
    : say(language, 'refusal.unforeseen');
}

/** At most so many UTF-16 units, which fits however a platform counts, the last a sign that more was there. No sign is cut in two. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A time to wait in words. @param ms milliseconds */
export function inWords(ms: number, language: Language): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return say(language, 'duration.seconds', { n: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return say(language, 'duration.minutes', { n: minutes });
  return say(language, 'duration.hours', { n: Math.round(minutes / 60) });
}
