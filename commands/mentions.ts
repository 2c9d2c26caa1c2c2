/** Anybody's words, shown again so that they mention nobody. */

/**
 * Characters that are not seen: zero-width ones, joiners, direction marks, soft hyphens, variation selectors, tags,
 * fillers. Between a mention's sign and its name they hide the mention from a filter, not from the platform.
 */
const UNSEEN =
  '[\\p{Cf}\\p{Cc}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u3164\\ufe00-\\ufe0f\\uffa0\\u{e0100}-\\u{e01ef}]';
/** `@` and `<` (and what normalisation turns into them) where a mention may begin. */
const OPENING = new RegExp(`([@＠﹫])${UNSEEN}*(?=\\S)|([<＜﹤])${UNSEEN}*(?=[@＠﹫#＃!！/:ti])`, 'gu');
/** Looks like nothing, and ends what platforms take for a mention. */
const BREAK = '\u200b';

/**
 * The text with a zero-width blank behind everything that could begin a mention: Discord's `@everyone`, `@here`,
 * `<@1>`, `<@!1>`, `<@&1>`, `<#1>`, `</name:1>`, `<id:guide>`; Slack's `<@U1>`, `<!here>`, `<!subteam^S1>`, `<#C1>`
 * and `@here`. It reads as before. Linear time.
 */
export function withoutMentions(text: string): string {
  return text.replace(OPENING, (_, at?: string, bracket?: string) => (at ?? bracket ?? '') + BREAK);
}

/** A prompt as a line of a list: without mentions, on one line, not longer than a line. @param most characters */
export function inOneLine(text: string, most = 80): string {
  const characters = [
    ...text
      .slice(0, 4 * most)
      .replace(/\s+/g, ' ')
      .trim(),
  ];
  const line = characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
  return withoutMentions(line);
}
