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
const NAME = '"image"';
/** Characters between the picture's name and its text. */
const GAP = 20;

/**
 * @param limit bytes without the picture, where the body may hold one
 * @throws Fault `http.body`, `http.body_bytes`, `option.value` for a picture that is no base64
 */
export async function parseJson(bytes: Buffer, limit?: number): Promise<Record<string, unknown>> {
  const picture = limit !== undefined && bytes.length > limit ? findPicture(bytes) : undefined;
  const [from, to] = picture ?? [bytes.length, bytes.length];
  const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  const fields = parseObject(rest, limit);
  // What was cut out was no option's value.
  if (picture !== undefined && fields.image !== '') throw new Fault('http.body_bytes', { limit: limit! });
  if (limit === undefined || typeof fields.image !== 'string') return fields;
  const text = picture === undefined ? Buffer.from(fields.image) : bytes.subarray(from, to);
  return { ...fields, image: await decodeBase64(text) };
}

/** Where the text of a large picture begins and ends. A quotation mark within a text is escaped: the name is no part of one. */
function findPicture(bytes: Buffer): readonly [from: number, to: number] | undefined {
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    const behind = at + NAME.length;
    const gap = /^\s*:\s*"/.exec(bytes.toString('latin1', behind, behind + GAP))?.[0].length;
    if (gap === undefined) continue;
    const to = bytes.indexOf('"', behind + gap);
    return to < 0 ? undefined : [behind + gap, to];
  }
  return undefined;
}

function parseObject(bytes: Buffer, limit = Number.POSITIVE_INFINITY): Record<string, unknown> {
  if (bytes.length > limit) throw new Fault('http.body_bytes', { limit });
  const text = bytes.toString('utf8');
  survey(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('http.body', { problem: 'it is not valid JSON' }, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Fault('http.body', { problem: 'it must be a JSON object' });
}

/** @throws Fault `http.body` for what is too deep, or of too many parts */
function survey(text: string): void {
  let depth = 0;
  let values = 1;
  for (const [sign] of text.matchAll(/[[{\]},:]|"(?:[^"\\]|\\.)*"?/gs)) {
    if ('[{'.includes(sign) && ++depth > DEPTH)
      throw new Fault('http.body', { problem: `it is nested more than ${DEPTH} deep` });
    if (']}'.includes(sign)) depth--;
    if (',:'.includes(sign) && ++values > VALUES)
      throw new Fault('http.body', { problem: `it has more than ${VALUES} values` });
  }
}
