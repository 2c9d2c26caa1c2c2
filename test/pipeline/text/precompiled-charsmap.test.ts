import { expect, test } from 'vitest';
import { readCharsmap } from '../../../pipeline/text/precompiled-charsmap.ts';

/** A charsmap of these keys, laid out as Darts does it: a block of 256 units a node, children at base + byte. */
function charsmap(rules: Readonly<Record<string, string>>): string {
  const units = new Uint32Array(256 * 64);
  const bases = new Map<string, number>();
  const baseOf = (prefix: string) => {
    const known = bases.get(prefix);
    if (known !== undefined) return known;
    const base = 256 * (bases.size + 1);
    bases.set(prefix, base);
    return base;
  };
  const link = (place: number, base: number, label: number) => {
    units[place] = (units[place]! & 0x100) | ((place ^ base ^ label ^ label) << 10) | label;
  };
  let replacements = Buffer.alloc(0);
  link(0, baseOf(''), 0);
  for (const [key, replacement] of Object.entries(rules)) {
    let prefix = '';
    let place = 0;
    for (const byte of Buffer.from(key)) {
      place = baseOf(prefix) ^ byte;
      prefix += `${byte},`;
      link(place, baseOf(prefix), byte);
    }
    units[place]! |= 0x100;
    units[baseOf(prefix)] = replacements.length;
    replacements = Buffer.concat([replacements, Buffer.from(replacement), Buffer.of(0)]);
  }
  const head = Buffer.alloc(4);
  head.writeUInt32LE(units.byteLength);
  return Buffer.concat([head, Buffer.from(units.buffer), replacements]).toString('base64');
}

const rewrite = readCharsmap(
  charsmap({ '\r': ' ', '\n': ' ', ﬁ: 'fi', 'e\u0301': 'é', Ａ: 'A', '\x01': '', '①': '1' }),
);

test('characters are rewritten one by one, the rest stays', () => {
  expect(rewrite('ﬁne Ａ① z\x01z 桜')).toBe('fine A1 zz 桜');
  expect(rewrite('')).toBe('');
  expect(rewrite('\x00a')).toBe('\x00a');
});

test('a key of several characters is looked up as a whole cluster', () => {
  expect(rewrite('cafe\u0301!')).toBe('café!');
});

test('the shortest key that begins a small cluster stands for all of it', () => {
  expect(rewrite('a\r\nb')).toBe('a b');
  expect(rewrite('ﬁ\u0301')).toBe('fi');
  expect(rewrite('①\u0301\u0301')).toBe('1\u0301\u0301');
});

test('a cluster is found across the windows that a long text is cut into', () => {
  for (let before = 505; before < 520; before++) {
    const start = '桜'.repeat(before);
    expect(rewrite(`${start}e\u0301 😀ﬁ`)).toBe(`${start}é 😀fi`);
  }
});

test('bytes that are no charsmap are refused', () => {
  const whole = Buffer.from(charsmap({ a: 'b' }), 'base64');
  for (const broken of [
    Buffer.alloc(0),
    Buffer.from([4, 0]),
    whole.subarray(0, 100),
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0]),
  ]) {
    expect(() => readCharsmap(broken.toString('base64'))).toThrow('precompiled_charsmap');
  }
});

test('a trie that points outside itself ends the search', () => {
  const bytes = Buffer.alloc(4 + 4 * 4, 0xff);
  bytes.writeUInt32LE(16);
  expect(readCharsmap(bytes.toString('base64'))('abc é')).toBe('abc é');
});
