/** Words for people on Discord: refusals in their language, anybody's own words without mentions or markup. */
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

/** Signs of bold, italic, underlined, struck, hidden and code, and what takes their meaning from them; an address is one word. */
const SIGNS = /(?<!\w)https?:\/\/[^\s<>\\]{2,}|[\\*_~|`]/g;
/** What makes a heading, a list, a quote or small print of a line. */
const LINE = /^([^\S\n\r\u2028\u2029]*)(?:(>|#(?=#{0,2}\s)|\+(?=\s)|-(?=[\s#]))|(\d+)(?=[.)]\s))/gm;

/**
 * Text that shows as it is: no bold, no headings, no links with other names, no mentions. Linear time, which discord.js's
 * own `escapeMarkdown` is not: 1,800 brackets took it a second, at every step of a picture.
 */
export function harmless(text: string): string {
  const signs = text.replace(SIGNS, (found) => (found.length > 1 ? found : `\\${found}`));
  const lines = signs.replace(LINE, (_, blanks: string, sign?: string, figures = '') =>
    sign === undefined ? `${blanks}${figures}\\` : `${blanks}\\${sign}`,
  );
  return withoutMentions(lines.replaceAll('](', ']\u200b('));
}
