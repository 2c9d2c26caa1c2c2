/**
 * discord.js drops the bot's token at the first 401 and refuses every call after it, without a word. Here that is
 * noticed, told to health, and the token is set again, ever more rarely: too many refused calls get an address banned.
 */
import type { REST } from 'discord.js';
import { backoff } from '../time/backoff.ts';
import type { DiscordDependencies } from './dependencies.ts';

const WAITS = { first: 1_000, longest: 300_000 };

/** @returns whether Discord does not take the token now */
export function watchToken(rest: REST, { token, clock, log }: DiscordDependencies): () => boolean {
  let refusals = 0;
  rest.setToken(token);
  rest.on('response', ({ data }, { status }) => {
    if (!data.auth) return;
    if (status < 400) refusals = 0;
    if (status !== 401) return;
    const wait = backoff(WAITS, ++refusals);
    log.error('Discord refused the bot token: look at DISCORD_TOKEN', { again_in_ms: wait });
    clock.after(wait, () => rest.setToken(token));
  });
  return () => refusals > 0;
}
