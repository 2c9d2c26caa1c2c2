/**
 * discord.js drops the bot's token at the first 401 and refuses every call after it, without a word. Here that is
 * noticed, told to health, and the token is set again, ever more rarely: too many refused calls get an address banned.
 */
import type { REST } from 'discord.js';
import type { Log } from '../ops/log.ts';
import { backoff } from '../time/backoff.ts';
import type { Clock } from '../time/clock.ts';

const WAITS = { first: 1_000, longest: 300_000 };

export class TokenWatch {
  private readonly rest: REST;
  private readonly token: string;
  private readonly clock: Clock;
  private readonly log: Log;
  private refusals = 0;

  constructor(rest: REST, { token, clock, log }: { token: string; clock: Clock; log: Log }) {
    this.rest = rest;
    this.token = token;
    this.clock = clock;
    this.log = log;
    rest.setToken(token);
    rest.on('response', ({ data }, { status }) => {
      if (!data.auth) return;
      if (status === 401) this.refused();
      else if (status < 400) this.refusals = 0;
    });
  }

  /** Discord does not take the token. */
  get isRefused(): boolean {
    return this.refusals > 0;
  }

  private refused(): void {
    const wait = backoff(WAITS, ++this.refusals);
    this.log.error('Discord refused the bot token: look at DISCORD_TOKEN', { again_in_ms: wait });
    this.clock.after(wait, () => this.rest.setToken(this.token));
  }
}
