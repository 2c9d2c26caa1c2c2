/** What a browser takes: encodings (RFC 9110, 12.5.3) and languages (12.5.4). */
import Negotiator from 'negotiator';
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';

export type Encoding = 'br' | 'gzip';

/** Characters of a header that are looked at; browsers send some dozens. */
const LONGEST = 400;

/** Whether an `Accept-Encoding` header allows it. */
export function accepts(header: string | undefined, encoding: Encoding): boolean {
  const headers = { 'accept-encoding': header?.slice(0, LONGEST) };
  return new Negotiator({ headers }).encodings([encoding]).length > 0;
}

/** The best encoding that it allows; undefined: the bytes as they are. */
export function acceptedEncoding(header: string | undefined): Encoding | undefined {
  return (['br', 'gzip'] as const).find((one) => accepts(header, one));
}

/** The language that an `Accept-Language` header puts first of those we speak; English where it names none. */
export function preferredLanguage(header: string | undefined): Language {
  const headers = { 'accept-language': header?.slice(0, LONGEST) };
  return (new Negotiator({ headers }).language([...LANGUAGE_CODES]) as Language | undefined) ?? 'en';
}
