/**
 * A strict JSON reader for text that strangers wrote. Unlike JSON.parse it refuses a name that appears twice in
 * one object, keeps `__proto__` an ordinary name (objects become Maps), and bounds depth and number of values,
 * so that a hostile text cannot fill the memory.
 */

export type StrictValue = null | boolean | number | bigint | string | readonly StrictValue[] | StrictObject;
export type StrictObject = ReadonlyMap<string, StrictValue>;

/** Why a text was refused; the message is a fragment such as `the name "a" appears twice`. */
export class JsonRefusal extends Error {}

const MAX_DEPTH = 8;
const MAX_VALUES = 3_000_000;

export interface JsonLimits {
  readonly depth?: number;
  readonly values?: number;
  /** Whole numbers that a number does not carry exactly become a bigint. */
  readonly exactIntegers?: boolean;
  /** Python's NaN, Infinity and -Infinity are taken, for null: no value says what they stand for. */
  readonly pythonNumbers?: boolean;
}

/**
 * Reads UTF-8 bytes as one JSON value (RFC 8259, no byte order mark).
 * @throws JsonRefusal
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits = {}): StrictValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonRefusal('it is not UTF-8 text');
  }
  return new Reader(text, limits).document();
}

export function isObject(value: StrictValue | undefined): value is StrictObject {
  return value instanceof Map;
}

/** ASCII without backslashes: nearly every name in a file, and nothing to judge in it. */
const PLAIN = /^[ !#-[\]-~]*$/;

class Reader {
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly maxValues: number;
  private readonly exactIntegers: boolean;
  private readonly pythonNumbers: boolean;
  private at = 0;
  private values = 0;

  constructor(text: string, limits: JsonLimits) {
    const { depth = MAX_DEPTH, values = MAX_VALUES, exactIntegers = false, pythonNumbers = false } = limits;
    this.text = text;
    this.maxDepth = depth;
    this.maxValues = values;
    this.exactIntegers = exactIntegers;
    this.pythonNumbers = pythonNumbers;
  }

  document(): StrictValue {
    const value = this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) this.refuse();
    return value;
  }

  private value(depth: number): StrictValue {
    if (++this.values > this.maxValues) throw new JsonRefusal(`it has more than ${this.maxValues} values`);
    if (depth > this.maxDepth) throw new JsonRefusal(`it is nested deeper than ${this.maxDepth} levels`);
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(depth: number): StrictObject {
    const members = new Map<string, StrictValue>();
    this.at++;
    if (this.take('}')) return members;
    do {
      this.skipSpace();
      if (this.text[this.at] !== '"') this.refuse();
      const name = this.string();
      if (members.has(name)) throw new JsonRefusal(`the name "${name}" appears twice`);
      this.expect(':');
      members.set(name, this.value(depth + 1));
    } while (this.take(','));
    this.expect('}');
    return members;
  }

  private array(depth: number): readonly StrictValue[] {
    const items: StrictValue[] = [];
    this.at++;
    if (this.take(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.take(','));
    this.expect(']');
    return items;
  }

  /** Finds the closing quote; JSON.parse then judges escapes and control characters of this one string. */
  private string(): string {
    const start = this.at;
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end < 0) throw new JsonRefusal('a string does not end');
    } while (this.escaped(end));
    this.at = end + 1;
    const plain = this.text.slice(start + 1, end);
    if (PLAIN.test(plain)) return plain;
    let value: string;
    try {
      value = JSON.parse(this.text.slice(start, end + 1)) as string;
    } catch {
      this.at = start;
      return this.refuse();
    }
    if (/\p{Surrogate}/u.test(value)) throw new JsonRefusal('a string holds half a surrogate pair');
    return value;
  }

  private escaped(quote: number): boolean {
    let first = quote;
    while (this.text[first - 1] === '\\') first--;
    return (quote - first) % 2 === 1;
  }

  private number(): number | bigint | null {
    if (this.pythonNumbers)
      for (const word of ['NaN', 'Infinity', '-Infinity'])
        if (this.text.startsWith(word, this.at)) return this.word(word, null);
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return this.refuse();
    this.at = pattern.lastIndex;
    const [digits] = found;
    const value = Number(digits);
    if (this.exactIntegers && !Number.isSafeInteger(value) && /^-?\d{16,40}$/.test(digits))
      return BigInt(digits);
    return value;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.refuse();
    this.at += word.length;
    return value;
  }

  private take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private expect(character: string): void {
    if (!this.take(character)) this.refuse();
  }

  private skipSpace(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'end')) this.at++;
  }

  private refuse(): never {
    const found = this.text[this.at];
    throw new JsonRefusal(
      found === undefined ? 'the JSON ends too early' : `unexpected "${found}" at character ${this.at}`,
    );
  }
}
