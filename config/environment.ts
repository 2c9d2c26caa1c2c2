/** How a value of the environment is read, and the sentence of one that is wrong. */
import { withoutCredentials } from './credentials.ts';
import { Fault } from './faults.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses that only programs on the same machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The value is shown but for a password in an address. @param allowed what the value may be, in words */
export function wrongValue(name: string, value: string, allowed: string): Fault {
  return new Fault('settings.value', { name, value: withoutCredentials(value), allowed });
}

/** It travels in a header. Its value is never shown. */
export function readToken(name: string, value: string | undefined): string | undefined {
  if (value === undefined || /^[\x21-\x7e]{1,512}$/.test(value)) return value;
  const allowed = 'up to 512 letters, digits and signs of ASCII, without blanks';
  throw new Fault('settings.value', { name, value: '(hidden)', allowed });
}

export function readUrl(name: string, value: string | undefined, ifAbsent: string): string {
  const url = value ?? ifAbsent;
  const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (isWeb) return url.replace(/(?<!\/)\/+$/, '');
  throw wrongValue(name, url, 'an address that begins with https:// or http://');
}

export function readWhole(
  name: string,
  value: string | undefined,
  min: number,
  max: number,
  ifAbsent: number,
) {
  if (value === undefined) return ifAbsent;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new Fault('settings.value', { name, value, allowed: `a whole number from ${min} to ${max}` });
}

export function readYes(name: string, value: string | undefined): boolean {
  return readOneOf(name, value, ['yes', 'no'] as const, 'no') === 'yes';
}

/** The same for what is on until somebody switches it off. */
export function readUnlessNo(name: string, value: string | undefined): boolean {
  return readOneOf(name, value, ['yes', 'no'] as const, 'yes') === 'yes';
}

export function readOneOf<const T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
  ifAbsent: T,
): T {
  if (value === undefined) return ifAbsent;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Fault('settings.value', { name, value, allowed: allowed.join(', ') });
  return found;
}
