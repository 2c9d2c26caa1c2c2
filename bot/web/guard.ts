/**
 * Who is let in. Without a token only this machine is, and then pages of other sites are the danger: they can make a
 * browser send requests here (CSRF) or read answers under a name of their own (DNS rebinding). With a token, only
 * those who know it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import { Fault } from '../../config/faults.ts';
import { isLoopback } from '../../config/settings.ts';
import type { Clock } from '../time/clock.ts';

/** @throws Fault `http.host`: a name that could be somebody else's. With a token that does no harm. */
export function checkHost(headers: IncomingHttpHeaders, hasToken: boolean): void {
  const host = headers.host ?? '';
  if (hasToken || isLoopback(hostName(host))) return;
  throw new Fault('http.host', { host });
}

/** The name in a `Host` header, without port and brackets. */
function hostName(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase();
}

/**
 * Requests that change something come from our own page or from a program, never from another site's page.
 * Browsers say so in `Sec-Fetch-Site` and `Origin`; programs send neither.
 * @throws Fault `http.origin`
 */
export function checkOrigin(headers: IncomingHttpHeaders): void {
  const { origin, host, 'sec-fetch-site': site = 'none' } = headers;
  const isOurs =
    origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
  if (isOurs && (site === 'same-origin' || site === 'none')) return;
  throw new Fault('http.origin', { origin: origin ?? String(site) });
}

/** Compares without telling by its duration how much was right. */
export function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}

/** The token of an `Authorization: Bearer` header. */
export function bearer(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Wrong ones that are let be. */
const FEW = 10;
/** Addresses that are remembered: the oldest gives way. */
const MANY = 10_000;
/** Milliseconds from the first wrong one. */
const WINDOW = 60_000;

/**
 * Wrong passwords of each address, in whatever way they were given: after a few, everything that could be a guess is
 * refused there until the window is over, the right password too, or refusing would be no obstacle.
 */
export class Guesses {
  private readonly wrong = new LRUCache<string, { count: number; readonly until: number }>({ max: MANY });
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @throws Fault `http.guesses` */
  check(address: string): void {
    const { count = 0, until = 0 } = this.wrong.peek(address) ?? {};
    const left = until - this.clock.monotonic();
    if (count >= FEW && left > 0) throw new Fault('http.guesses', { retry_after_s: Math.ceil(left / 1000) });
  }

  note(address: string): void {
    const now = this.clock.monotonic();
    const found = this.wrong.peek(address);
    if (found !== undefined && now < found.until) found.count++;
    else this.wrong.set(address, { count: 1, until: now + WINDOW });
  }
}
