/**
 * Who a request comes from. A browser is a person by a random id in a cookie, under a name it has chosen; a program
 * without cookies is the one person `api`.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Language } from '../../config/languages.ts';
import type { Person } from '../jobs/job.ts';
import { readCookies, writeCookie } from './cookies.ts';
import { bearer, isSame, pageKey } from './guard.ts';
import { preferredLanguage } from './preferred-language.ts';

export const SURFACE = 'web';

const PERSON = 'darkroom_person';
const NAME = 'darkroom_name';
const KEY = 'darkroom_key';
const API = 'api';
const NAMELESS = 'Guest';
/** Characters. */
export const LONGEST_NAME = 32;

export interface Visitor {
  readonly person: Person;
  /** What the browser prefers. */
  readonly language: Language;
  /** Knows the token, or is on this machine where there is none. */
  readonly admitted: boolean;
  /** The token that was tried and is wrong. */
  readonly triedWrongToken: boolean;
}

export function recogniseVisitor(
  headers: Pick<IncomingHttpHeaders, 'cookie' | 'authorization' | 'accept-language'>,
  token: string | undefined,
): Visitor {
  const cookies = readCookies(headers.cookie);
  const id = cookies.get(PERSON) ?? '';
  const person = /^[0-9a-f]{32}$/.test(id)
    ? { surface: SURFACE, id, name: readName(cookies.get(NAME) ?? '') ?? NAMELESS }
    : { surface: SURFACE, id: API, name: 'API' };
  const language = preferredLanguage(headers['accept-language']);
  if (token === undefined) return { person, language, admitted: true, triedWrongToken: false };
  const given = bearer(headers);
  const byBearer = given !== undefined && isSame(given, token);
  const admitted = byBearer || isSame(cookies.get(KEY) ?? '', pageKey(token));
  return { person, language, admitted, triedWrongToken: given !== undefined && !byBearer };
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

/** Makes a browser a person. */
export function newPersonCookie(): string {
  return writeCookie(PERSON, randomBytes(16).toString('hex'));
}

export function nameCookie(name: string): string {
  return writeCookie(NAME, name);
}

export function keyCookie(token: string): string {
  return writeCookie(KEY, pageKey(token));
}

export function hasPersonCookie(visitor: Visitor): boolean {
  return !isProgram(visitor.person);
}
