/**
 * What pages of other sites cannot do: make a browser send requests here (CSRF), or read answers under a name of their
 * own (DNS rebinding), which is the danger where only this machine is let in and no password asked for.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '../../config/faults.ts';
import { isLoopback } from '../../config/settings.ts';

/** @throws Fault `http.host`: a name that could be somebody else's */
export function checkHost(headers: IncomingHttpHeaders): void {
  const host = headers.host ?? '';
  if (isLoopback(hostName(host))) return;
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

/** The token of an `Authorization: Bearer` header. */
export function bearer(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
