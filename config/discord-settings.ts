/** Discord's part of the environment: with which token the bot joins, and which servers it serves. */
import { credentialsOf } from './credentials.ts';
import { type Environment, readToken, readUrl, wrongValue } from './environment.ts';

export interface DiscordSettings {
  /** The bot's. */
  readonly token: string;
  /** The base of the API without the version. */
  readonly apiUrl: string;
  /** Ids of the servers that are served; all where it is absent. */
  readonly guilds?: readonly string[];
}

/** Names of what only the process that joins Discord holds. */
export const DISCORD_SECRETS = ['DISCORD_TOKEN'];

const DEFAULT_API_URL = 'https://discord.com/api';

/** @returns undefined where there is no token. @throws Fault `settings.value` */
export function readDiscordSettings(env: Environment): DiscordSettings | undefined {
  const value = (name: string) => env[name]?.trim() || undefined;
  const token = readToken('DISCORD_TOKEN', value('DISCORD_TOKEN'));
  const apiUrl = readUrl('DISCORD_API_URL', value('DISCORD_API_URL'), DEFAULT_API_URL);
  const guilds = readGuilds(value('DISCORD_GUILDS'));
  return token === undefined ? undefined : { token, apiUrl, ...(guilds && { guilds }) };
}

/** Everything of these settings that must never be shown. */
export function discordSecrets({ token, apiUrl }: DiscordSettings): string[] {
  return [token, ...credentialsOf(apiUrl)];
}

/** Ids are 17 to 20 digits. */
function readGuilds(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const ids = value.split(',').map((id) => id.trim());
  if (ids.every((id) => /^\d{17,20}$/.test(id))) return ids;
  const allowed = 'ids of servers, 17 to 20 digits each, with commas between them; empty for all servers';
  throw wrongValue('DISCORD_GUILDS', value, allowed);
}
