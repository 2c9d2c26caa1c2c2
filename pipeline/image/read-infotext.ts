/** What AUTOMATIC1111's web UI, and we, write about how a picture was made, read back: words, and pairs of name and value. */

export interface Infotext {
  readonly prompt: string;
  readonly negative: string;
  /** By the names that A1111 gives them: `Steps`, `CFG scale`, `Size`. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Characters that are looked at: no picture says more of itself. */
const LONGEST = 64 * 1024;
const NEGATIVE = 'Negative prompt:';

/**
 * The settings stand on the last line, the negative prompt from its mark on, the prompt before it.
 * @param text of a `parameters` chunk
 * @returns undefined where it is none such
 */
export function readInfotext(text: string): Infotext | undefined {
  if (text.length > LONGEST) return undefined;
  const lines = text.trim().split('\n');
  const last = lines.at(-1) ?? '';
  if (!/^\s*Steps:\s*\d/.test(last)) return undefined;
  const words = lines.slice(0, -1);
  const at = words.findIndex((line) => line.startsWith(NEGATIVE));
  const prompt = (at < 0 ? words : words.slice(0, at)).join('\n').trim();
  const negative = at < 0 ? '' : words.slice(at).join('\n').slice(NEGATIVE.length).trim();
  return { prompt, negative, settings: readPairs(last) };
}

/** `name: value, name: "a value, quoted"`. What is no pair is passed over. */
function readPairs(line: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  let at = 0;
  while (at < line.length) {
    const colon = line.indexOf(':', at);
    if (colon < 0) break;
    const name = line.slice(at, colon).split(',').at(-1)!.trim();
    let from = colon + 1;
    while (line[from] === ' ') from++;
    const quoted = line[from] === '"' ? endOfQuoted(line, from) : undefined;
    const comma = line.indexOf(',', quoted ?? from);
    const end = comma < 0 ? line.length : comma;
    const value = quoted === undefined ? line.slice(from, end).trim() : unquoted(line.slice(from, quoted));
    if (name !== '' && value !== undefined && !pairs.has(name)) pairs.set(name, value);
    at = end + 1;
  }
  return pairs;
}

/** Behind the mark that closes. */
function endOfQuoted(line: string, from: number): number | undefined {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === '"') return at + 1;
  }
  return undefined;
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
