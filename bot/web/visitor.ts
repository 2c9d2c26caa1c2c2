/**
 * Who a request comes from. A browser is a person by a random id in a cookie, under a name it has chosen, or else by
 * the key it was given with the password; a program without cookies is the one person `api`.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parse } from 'cookie';
import type { Response } from 'express';
import { Fault } from '../../config/faults.ts';
import type { Language } from '../../config/languages.ts';
import { bearer } from '../http/guard.ts';
import type { Lock } from '../http/lock.ts';
import { preferredLanguage } from '../http/negotiation.ts';
import type { Person } from '../jobs/job.ts';

export const SURFACE = 'web';

const COOKIES = { person: 'darkroom_person', name: 'darkroom_name', key: 'darkroom_key' } as const;
/** Milliseconds. */
const YEAR = 365 * 24 * 3600_000;
const API = 'api';
const NAMELESS = 'Guest';
const PROGRAM: Person = { surface: SURFACE, id: API, name: 'API' };
const NOBODY: Person = { surface: SURFACE, id: 'nobody', name: NAMELESS };
/** Characters. */
export const LONGEST_NAME = 32;

export interface Visitor {
  readonly person: Person;
  /** What the browser prefers. */
  readonly language: Language;
}

type Headers = Pick<IncomingHttpHeaders, 'cookie' | 'authorization' | 'accept-language'>;

/** Somebody of whom nothing is asked: `person` is who the cookies say. */
export function recogniseStranger(headers: Headers): Visitor {
  const person = personOf(parse(headers.cookie ?? '')) ?? NOBODY;
  return { person, language: preferredLanguage(headers['accept-language']) };
}

/**
 * Who asks for something that is not for everybody. A key that we issued lets in whatever else comes from the address;
 * a bearer token and a key that is wrong are guesses, and meet their limit.
 * @param stranger the same, as `recogniseStranger` made it
 * @param lock absent where everybody who gets here is on this machine
 * @throws Fault `http.token`, `http.token_wrong`, `http.guesses`
 */
export function recogniseVisitor(
  stranger: Visitor,
  headers: Headers,
  lock: Lock | undefined,
  address: string,
): Visitor {
  const admit = (defaultPerson: Person): Visitor => {
    const person = stranger.person === NOBODY ? defaultPerson : stranger.person;
    return { ...stranger, person };
  };
  if (lock === undefined) return admit(PROGRAM);
  const key = parse(headers.cookie ?? '')[COOKIES.key] ?? '';
  const holder = lock.keys.holderOf(key);
  if (holder !== undefined) return admit({ surface: SURFACE, id: holder, name: NAMELESS });
  const token = bearer(headers);
  if (token === undefined && key === '') throw new Fault('http.token', {});
  // Only a program that knows the token is the operator; a browser without its cookie is nobody in particular.
  lock.open(token, address);
  return admit(PROGRAM);
}

function personOf(cookies: ReturnType<typeof parse>): Person | undefined {
  const id = cookies[COOKIES.person] ?? '';
  if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
  return { surface: SURFACE, id, name: readName(cookies[COOKIES.name] ?? '') ?? NAMELESS };
}

/** True for whoever holds the token as a program: the operator. */
export function isProgram(person: Person): boolean {
  return person.id === API;
}

/** A name as others see it: one line, no control or invisible characters; undefined where nothing is left. */
export function readName(text: string): string | undefined {
  const name = text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return [...name].slice(0, LONGEST_NAME).join('').trim() || undefined;
}

/** What tells people apart on the page without giving away the id, which is all that proves who somebody is. */
export function publicId({ id }: Person): string {
  return createHash('sha256').update(`darkroom ${id}`).digest('hex').slice(0, 12);
}

/**
 * Gives a browser a cookie for a year, out of sight of the page's scripts; `lax`, so that a link to the page finds the
 * same person. @param value '' takes it back
 */
export function giveCookie(response: Response, cookie: keyof typeof COOKIES, value: string): void {
  const maxAge = value === '' ? 0 : YEAR;
  response.cookie(COOKIES[cookie], value, { maxAge, httpOnly: true, sameSite: 'lax' });
}

/** Whether the browser is a person already. */
export function hasPersonCookie(headers: Pick<Headers, 'cookie'>): boolean {
  return personOf(parse(headers.cookie ?? '')) !== undefined;
}
