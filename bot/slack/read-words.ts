/** Which command somebody means: by a slash command's words, or by what stands behind a mention of the bot. */

import { findCommand, parseLine, type TypedCommand } from '../../commands/index.ts';
import type { Owner } from '../chat/custom-id.ts';
import { SLASH } from './escape.ts';
import { fromSlack } from './typed-text.ts';

/**
 * `/darkroom` is followed by a command's name; a command's own name, where a team has registered it, is that command;
 * any other is `/imagine`, so that a team whose `/imagine` is taken may call it as it likes.
 * @throws Fault as `parseLine`
 */
export function readTyped(slash: string, text: string): TypedCommand {
  const words = text.trim();
  if (slash === SLASH) return parseLine(`/${words === '' ? 'help' : words.replace(/^\//, '')}`);
  const name = slash.slice(1);
  if (name !== 'imagine' && findCommand(name) !== undefined) return parseLine(`/${name} ${words}`);
  return parseLine(/^(help|)$/i.test(words) ? '/help' : `/imagine ${words}`);
}

/** `/darkroom settings mine`, `/darkroom settings workspace`: whose settings are wanted as a form. */
export function settingsFormOf(slash: string, text: string): Owner | undefined {
  const [, whose] =
    /^settings (mine|workspace|server)$/i.exec(`${slash === SLASH ? '' : slash.slice(1)} ${text}`.trim()) ??
    [];
  if (whose === undefined) return undefined;
  return whose.toLowerCase() === 'mine' ? 'person' : 'server';
}

/** The words are a prompt, unless they are a command's name, alone or with flags. @throws Fault as `parseLine` */
export function readMention(text: string, botUser: string): TypedCommand {
  const words = fromSlack(toldToBot(text, botUser)).trim();
  if (words === '') return parseLine('/help');
  const [, name = '', rest = ''] = /^\/?([\p{L}-]+)\s*([\s\S]*)$/u.exec(words) ?? [];
  const isCommand = findCommand(name) !== undefined && (/^(-|—|$)/.test(rest) || words.startsWith('/'));
  if (isCommand || /^imagine\s/i.test(words)) return parseLine(`/${words.replace(/^\//, '')}`);
  return parseLine(`/imagine ${words}`);
}

/** What stands after the first mention of the bot; "hey" before it is for the bot, not for the picture. All of it where nothing else follows. */
function toldToBot(text: string, botUser: string): string {
  const parts = text.split(new RegExp(`<@${botUser}(?:\\|[^>]*)?>`));
  const [before = '', ...rest] = parts;
  const after = rest.join(' ');
  const isOnlyFlags = /^\s*(?:$|--|—)/.test(after);
  return isOnlyFlags ? `${before} ${after}` : after;
}
