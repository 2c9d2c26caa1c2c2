/** Discord's rate limits: a bucket for each method, route and major id, told in the headers of every answer. */
import type { Clock } from '../../../bot/time/clock.ts';

export interface Allowance {
  readonly count: number;
  /** Milliseconds. */
  readonly every: number;
}

export interface Standing {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly retryAfter: number;
}

export class RateLimits {
  private readonly buckets = new Map<string, { remaining: number; resetAt: number }>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Counts a request. @param route with placeholders @param major channel, server or webhook with token */
  take(method: string, route: string, major: string, { count, every }: Allowance): Standing {
    const now = this.clock.now();
    const key = `${method} ${route} ${major}`;
    let bucket = this.buckets.get(key);
    if (bucket === undefined || bucket.resetAt <= now) {
      bucket = { remaining: count, resetAt: now + every };
      this.buckets.set(key, bucket);
    }
    const allowed = bucket.remaining > 0;
    if (allowed) bucket.remaining--;
    const retryAfter = (bucket.resetAt - now) / 1000;
    return {
      allowed,
      retryAfter,
      headers: {
        'x-ratelimit-limit': String(count),
        'x-ratelimit-remaining': String(bucket.remaining),
        'x-ratelimit-reset': (bucket.resetAt / 1000).toFixed(3),
        'x-ratelimit-reset-after': retryAfter.toFixed(3),
        'x-ratelimit-bucket': Buffer.from(`${method} ${route}`).toString('hex').slice(0, 32),
        ...(allowed ? {} : { 'x-ratelimit-scope': 'user', 'retry-after': String(Math.ceil(retryAfter)) }),
      },
    };
  }
}
