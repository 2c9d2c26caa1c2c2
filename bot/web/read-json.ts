/**
 * A JSON body, looked over before it is parsed: how deep, how many values, how long without its picture. The picture,
 * which may be megabytes, is cut out first and decoded in slices, so that nothing large is ever parsed in one go.
 */
import { Fault } from '../../config/faults.ts';
import { decodeBase64 } from './base64.ts';

/** Levels of nesting: an option is a value or a list of numbers. */
const DEPTH = 4;
/** Names and values in all. */
const VALUES = 400;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * @param limit bytes without the picture, where the body may hold one
 * @throws Fault `http.body`, `http.body_bytes`, `option.value` for a picture that is no base64
 */
export async function parseJson(bytes: Buffer, limit?: number): Promise<Record<string, unknown>> {
  const picture = survey(bytes, limit);
  if (picture === undefined) return parseObject(bytes.toString('utf8'));
  const rest = Buffer.concat([bytes.subarray(0, picture.from), bytes.subarray(picture.to)]);
  const fields = parseObject(rest.toString('utf8'));
  // Of a name that stands there twice the last one counts, as JSON.parse has it.
  if (fields.image !== '') return fields;
  return { ...fields, image: await decodeBase64(bytes.subarray(picture.from, picture.to)) };
}

function parseObject(text: string): Record<string, unknown> {
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Fault('http.body', { problem: 'it must be a JSON object' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(error);
  }
}

/** One look at every byte but the picture's. @returns where the picture's text is, between its quotation marks */
function survey(bytes: Buffer, limit: number | undefined): Span | undefined {
  let depth = 0;
  let values = 1;
  let looked = 0;
  let name = '';
  let picture: Span | undefined;
  for (let at = 0; at < bytes.length; at++, looked++) {
    if (limit !== undefined && looked > limit) throw new Fault('http.body_bytes', { limit });
    const byte = bytes[at]!;
    if (OPENING.has(byte)) {
      if (++depth > DEPTH) throw new Fault('http.body', { problem: `it is nested more than ${DEPTH} deep` });
    } else if (CLOSING.has(byte)) depth--;
    else if (byte === COMMA || byte === COLON) {
      if (++values > VALUES) throw new Fault('http.body', { problem: `it has more than ${VALUES} values` });
      if (byte === COMMA) name = '';
    } else if (byte === QUOTE) {
      const isPicture = limit !== undefined && picture === undefined && depth === 1 && name === 'image';
      const to = isPicture ? endOfPicture(bytes, at + 1) : endOfString(bytes, at + 1);
      if (isPicture) picture = { from: at + 1, to };
      else {
        looked += to - at;
        if (depth === 1 && name === '') name = bytes.toString('latin1', at + 1, Math.min(to, at + 7));
      }
      at = to;
    }
  }
  return picture;
}

function endOfString(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  throw notJson();
}

/** Base64 has no quotation mark in it: the next one is the end, or the text is no picture. */
function endOfPicture(bytes: Buffer, from: number): number {
  const to = bytes.indexOf(QUOTE, from);
  if (to < 0) throw notJson();
  return to;
}

function notJson(cause?: unknown): Fault {
  return new Fault('http.body', { problem: 'it is not valid JSON' }, cause);
}
