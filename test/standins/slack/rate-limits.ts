/** Slack's limits: a tier for each method and workspace, and about one posted message a second in a channel. */
import type { Clock } from '../../../bot/time/clock.ts';

export interface Allowance {
  /** How many calls may come at once. */
  readonly burst: number;
  /** Milliseconds until one more is allowed. */
  readonly every: number;
}

/** https://docs.slack.dev/apis/web-api/rate-limits: `N+` calls a minute. */
const perMinute = (count: number): Allowance => ({ burst: count, every: 60_000 / count });
const TIERS = { 1: perMinute(1), 2: perMinute(20), 3: perMinute(50), 4: perMinute(100) } as const;
/** "Short bursts of more than one message a second are allowed"; how short is not published. */
const POSTING: Allowance = { burst: 5, every: 1_000 };
const SPECIAL = perMinute(300);

const TIER_OF: Readonly<Record<string, Allowance>> = {
  'chat.postMessage': POSTING,
  'chat.postEphemeral': TIERS[4],
  'chat.update': TIERS[3],
  'chat.delete': TIERS[3],
  'chat.getPermalink': SPECIAL,
  'auth.test': SPECIAL,
  // Tier 1 by name, but Slack allows the ten sockets of one app to be opened together.
  'apps.connections.open': perMinute(20),
  'conversations.open': TIERS[3],
  'conversations.info': TIERS[3],
  'conversations.history': TIERS[3],
  'conversations.replies': TIERS[3],
  'users.info': TIERS[4],
  'reactions.add': TIERS[3],
  'reactions.remove': TIERS[2],
  'reactions.get': TIERS[3],
  'files.getUploadURLExternal': TIERS[4],
  'files.completeUploadExternal': TIERS[4],
  'files.info': TIERS[4],
  'files.delete': TIERS[3],
  'views.open': TIERS[4],
  'views.update': TIERS[4],
  'views.push': TIERS[4],
  'views.publish': TIERS[4],
  'functions.completeSuccess': TIERS[3],
  'functions.completeError': TIERS[3],
  'oauth.v2.access': TIERS[4],
};

export class RateLimits {
  /** What a method allows; a test may put its own here. */
  allowance: (method: string) => Allowance = (method) => TIER_OF[method] ?? TIERS[2];
  private readonly buckets = new Map<string, { tokens: number; at: number }>();
  private readonly forced = new Map<string, number>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Every call of the method is told to wait from now on, for so many milliseconds. */
  force(method: string, ms: number): void {
    this.forced.set(method, this.clock.now() + ms);
  }

  /** Counts a call. @returns seconds to wait; 0 if it may go on */
  take(method: string, team: string, channel: string): number {
    const now = this.clock.now();
    const until = this.forced.get(method) ?? 0;
    if (until > now) return Math.ceil((until - now) / 1000);
    const { burst, every } = this.allowance(method);
    const key = `${method} ${team} ${method === 'chat.postMessage' ? channel : ''}`;
    const bucket = this.buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / every);
    if (tokens < 1) {
      this.buckets.set(key, { tokens, at: now });
      return Math.max(1, Math.ceil(((1 - tokens) * every) / 1000));
    }
    this.buckets.set(key, { tokens: tokens - 1, at: now });
    return 0;
  }
}
