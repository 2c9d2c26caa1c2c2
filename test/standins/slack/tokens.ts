/** Tokens of the stand-in: bot, app, workflow and refresh; which are unknown, expired or revoked. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../bot/time/clock.ts';
import { type Execution, Refusal, type Team, type Token } from './shapes.ts';

const PREFIXES = { app: 'xapp-1-', bot: 'xoxb-', workflow: 'xwfp-', refresh: 'xoxe-1-' } as const;

export class Tokens {
  private readonly known = new Map<string, Token>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @param life milliseconds; without it the token lives until it is revoked */
  issue(kind: Token['kind'], team: Team, { life, execution }: { life?: number; execution?: Execution } = {}) {
    const rotating = kind === 'bot' && life !== undefined ? 'xoxe.' : '';
    const value = `${rotating}${PREFIXES[kind]}${team.id}-${randomBytes(12).toString('hex')}`;
    const token: Token = {
      value,
      kind,
      team,
      revoked: false,
      ...(execution === undefined ? {} : { execution }),
      ...(life === undefined ? {} : { expiresAt: this.clock.now() + life }),
    };
    this.known.set(value, token);
    return token;
  }

  find(value: string): Token | undefined {
    return this.known.get(value);
  }

  revoke(value: string): void {
    const token = this.known.get(value);
    if (token !== undefined) token.revoked = true;
  }

  /** Of bots and workflow steps, as when the app is removed from a workspace. */
  revokeAll(team: Team): void {
    for (const token of this.known.values()) {
      if (token.team === team && token.kind !== 'app') token.revoked = true;
    }
  }

  /** @throws Refusal as Slack names it */
  check(value: string | undefined): Token {
    if (value === undefined || value === '') throw new Refusal('not_authed');
    const token = this.known.get(value);
    if (token === undefined) throw new Refusal('invalid_auth');
    if (token.revoked) throw new Refusal('token_revoked');
    if (token.expiresAt !== undefined && token.expiresAt <= this.clock.now()) {
      throw new Refusal('token_expired');
    }
    return token;
  }
}
