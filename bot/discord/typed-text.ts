/** What Discord makes of typed text before we get it, undone: its way of writing emoji, commands, people, channels. */
import type { Client } from 'discord.js';

/** What a mention names: a person, a role, a channel. */
type Mentioned = '@' | '@&' | '#';

/** A custom emoji, a command, a mention. */
const FORM = /<a?(:\w{1,64}:)\d{1,20}>|<(\/[\w -]{1,100}):\d{1,20}>|<(@&|@!?|#)(\d{1,20})>/g;

/**
 * Text as it was typed: `<:fox:1234>` is `:fox:`, `</imagine:1234>` is `/imagine`, `<@1234>` is `@Anna`, `<#1234>` is
 * `#general`; whom nobody knows is `@someone`. Linear time.
 * @param nameOf the name behind an id, if it is known
 */
export function fromDiscord(
  typed: string,
  nameOf: (kind: Mentioned, id: string) => string | undefined = () => undefined,
): string {
  return typed.replace(FORM, (_, emoji, command, sign?: string, id = '') => {
    if (sign === undefined) return String(emoji ?? command);
    const kind = sign === '@!' ? '@' : (sign as Mentioned);
    const name = nameOf(kind, id) ?? (kind === '#' ? 'channel' : 'someone');
    return `${kind[0]}${name}`;
  });
}

/** The same, with the names that discord.js knows. @param server where it was typed */
export function asTyped(text: string, server: string | undefined, { guilds, users }: Client): string {
  const guild = guilds.cache.get(server ?? '');
  return fromDiscord(text, (kind, id) => {
    if (kind === '#') return guild?.channels.cache.get(id)?.name;
    if (kind === '@&') return guild?.roles.cache.get(id)?.name;
    return guild?.members.cache.get(id)?.displayName ?? users.cache.get(id)?.displayName;
  });
}
