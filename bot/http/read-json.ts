/**
 * A JSON body, looked over before it is parsed: how deep, how many values, how long without its files. Those, which
 * may be megabytes, are cut out first and decoded in slices, so that nothing large is ever parsed in one go.
 */
import { Fault } from '../../config/faults.ts';
import { decodeBase64 } from './base64.ts';

/** Levels of nesting: an option is a value or a list of numbers. */
const DEPTH = 4;
/** Names and values in all. */
const VALUES = 400;
/** Characters between a file's name and its text. */
const GAP = 20;

/** The text of a large file, between its quotation marks. */
interface Cut {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * @param files names of the values that are files @param limit bytes without them, where the body may hold some
 * @throws Fault `http.body`, `http.body_bytes`, `option.value` for a file that is no base64
 */
export async function parseJson(
  bytes: Buffer,
  files: readonly string[],
  limit?: number,
): Promise<Record<string, unknown>> {
  const cuts = limit !== undefined && bytes.length > limit ? findFiles(bytes, files) : [];
  const ends = [...cuts.map(({ from }) => from), bytes.length];
  const rest = ends.map((end, i) => bytes.subarray(cuts[i - 1]?.to ?? 0, end));
  const fields = parseObject(rest, limit);
  if (limit === undefined) return fields;
  // What was cut out was no option's value.
  if (cuts.some(({ name }) => fields[name] !== '')) throw new Fault('http.body_bytes', { limit });
  const decoded: Record<string, Uint8Array> = {};
  for (const name of files) {
    const cut = cuts.find((one) => one.name === name);
    const value = fields[name];
    if (typeof value !== 'string') continue;
    const text = cut ? bytes.subarray(cut.from, cut.to) : Buffer.from(value);
    decoded[name] = await decodeBase64(text, name);
  }
  return { ...fields, ...decoded };
}

/** In the order in which they stand. */
function findFiles(bytes: Buffer, files: readonly string[]): readonly Cut[] {
  return files.flatMap((name) => findFile(bytes, name) ?? []).sort((a, b) => a.from - b.from);
}

/** A quotation mark within a text is escaped: the name is no part of one. */
function findFile(bytes: Buffer, file: string): Cut | undefined {
  const name = `"${file}"`;
  let found = 0;
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
    if (++found > VALUES) throw tooMany();
    const behind = at + name.length;
    const gap = /^\s*:\s*"/.exec(bytes.toString('latin1', behind, behind + GAP))?.[0].length;
    if (gap === undefined) continue;
    const to = bytes.indexOf('"', behind + gap);
    return to < 0 ? undefined : { name: file, from: behind + gap, to };
  }
  return undefined;
}

function parseObject(pieces: readonly Buffer[], limit = Number.POSITIVE_INFINITY): Record<string, unknown> {
  if (pieces.reduce((sum, { length }) => sum + length, 0) > limit)
    throw new Fault('http.body_bytes', { limit });
  const text = Buffer.concat(pieces).toString('utf8');
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
    if (',:'.includes(sign) && ++values > VALUES) throw tooMany();
  }
}

function tooMany(): Fault {
  return new Fault('http.body', { problem: `it has more than ${VALUES} values` });
}
