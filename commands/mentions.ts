/** Anybody's words, shown again so that they mention nobody. */

/**
 * Characters that are not seen: zero-width ones, joiners, direction marks, soft hyphens, variation selectors, tags,
 * fillers, controls. Between a mention's sign and its name they hide the mention from a filter, not from the platform.
 */
const UNSEEN = '[\\p{DI}\\p{Cf}\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f]';
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
