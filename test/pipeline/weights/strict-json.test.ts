import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isObject,
  JsonRefusal,
  parseStrictJson,
  type StrictValue,
} from '../../../pipeline/weights/strict-json.ts';

const parse = (text: string) => parseStrictJson(new TextEncoder().encode(text));

/** Maps as plain objects, so that results compare with JSON.parse's. */
function plain(value: StrictValue): unknown {
  if (isObject(value)) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('valid JSON reads as JSON.parse reads it, with and without spaces', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(parse(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('whatever JSON.parse refuses is refused', () => {
  const pieces = fc.constantFrom(...'{}[]":,0-.e1 \\ntfau"');
  fc.assert(
    fc.property(fc.string({ unit: pieces, maxLength: 12 }), (text) => {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      if (!valid) expect(() => parse(text)).toThrow(JsonRefusal);
    }),
    { numRuns: 5000 },
  );
});

test('a name that appears twice is refused, however it is written', () => {
  expect(() => parse('{"a":1,"a":1}')).toThrow('the name "a" appears twice');
  expect(() => parse('{"a":1,"\\u0061":1}')).toThrow('the name "a" appears twice');
  expect(() => parse('{"x":{"a":1,"b":2,"a":3}}')).toThrow('the name "a" appears twice');
});

test('__proto__ is a name like any other', () => {
  const value = parse('{"__proto__":{"x":1},"constructor":2}');
  expect(isObject(value) && [...value.keys()]).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

describe('texts that would fill the memory or the stack', () => {
  test('deep nesting', () => {
    expect(() => parse('['.repeat(1_000_000))).toThrow(/nested deeper/);
    expect(() => parse('{"a":'.repeat(1_000_000))).toThrow(/nested deeper/);
  });
  test('millions of values', () => {
    expect(() => parse(`[${'0,'.repeat(3_100_000)}0]`)).toThrow(/more than 3000000 values/);
  });
  test('a long run of backslashes takes linear time', () => {
    expect(() => parse(`"${'\\"'.repeat(2_000_000)}`)).toThrow('a string does not end');
  });
});

test('bytes that are not UTF-8, a byte order mark and half a surrogate pair are refused', () => {
  expect(() => parseStrictJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('it is not UTF-8 text');
  expect(() => parse('\ufeff{}')).toThrow(JsonRefusal);
  expect(() => parse('"\\ud800"')).toThrow(/surrogate/);
});
