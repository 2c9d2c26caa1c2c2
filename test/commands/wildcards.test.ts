import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readImagine } from '../../commands/read-imagine.ts';
import { drawWildcards, escapeWildcards } from '../../commands/wildcards.ts';
import { processorTime } from '../processor-time.ts';
import { anInstallation } from './an-installation.ts';

const results = (prompt: string, seeds = 300) =>
  new Set(Array.from({ length: seeds }, (_, seed) => drawWildcards(prompt, seed)));

test.each<[string, string[]]>([
  ['a {red|blue} fox', ['a red fox', 'a blue fox']],
  ['{a|b}{c|d}', ['ac', 'ad', 'bc', 'bd']],
  ['{a|{b|c}}', ['a', 'b', 'c']],
  ['fox{, night|}', ['fox, night', 'fox']],
  ['{0::a|b}', ['b']],
  ['{2$$a|b|c}', ['a, b', 'b, a', 'a, c', 'c, a', 'b, c', 'c, b']],
  ['{2$$ and $$a|b}', ['a and b', 'b and a']],
  ['{1-2$$-$$a|b}', ['a', 'b', 'a-b', 'b-a']],
  ['{0-1$$a|b}', ['', 'a', 'b']],
  ['{9$$a|b}', ['a, b', 'b, a']],
  ['{2$$3::a|b}', ['a, b', 'b, a']],
  // only braces
  ['{red}', ['{red}']],
  ['a } b { c', ['a } b { c']],
  ['{a {b|c}}', ['{a b}', '{a c}']],
  ['{a|b', ['{a|b']],
  ['a|b', ['a|b']],
  ['\\{a|b\\}', ['{a|b}']],
  ['{a\\|b|c}', ['a|b', 'c']],
  ['{a\\}|b}', ['a}', 'b']],
  ['(\\(x\\):1.2) \\n', ['(\\(x\\):1.2) \\n']],
  ['\\(x\\) {a|a}', ['\\(x\\) a']],
  ['$$ 2$$ 0.5::', ['$$ 2$$ 0.5::']],
])('%j becomes one of %j', (prompt, possible) => {
  expect(results(prompt)).toEqual(new Set(possible));
});

test('weights count: three times as often', () => {
  const drawn = Array.from({ length: 4000 }, (_, seed) => drawWildcards('{3::a|b}', seed));
  const share = drawn.filter((one) => one === 'a').length / drawn.length;
  expect(share).toBeGreaterThan(0.71);
  expect(share).toBeLessThan(0.79);
});

test('the same seed draws the same; prompt and negative prompt draw apart; neighbours differ', () => {
  const prompt = '{a|b|c|d|e|f|g|h} {a|b|c|d|e|f|g|h} {a|b|c|d|e|f|g|h}';
  expect(drawWildcards(prompt, 2 ** 53 - 1)).toBe(drawWildcards(prompt, 2 ** 53 - 1));
  expect(drawWildcards(prompt, 5, 0)).not.toBe(drawWildcards(prompt, 5, 1));
  expect(results(prompt, 100).size).toBeGreaterThan(80);
  // The upper half of a large seed counts as well.
  const upper = new Set(Array.from({ length: 100 }, (_, i) => drawWildcards(prompt, i * 2 ** 32)));
  expect(upper.size).toBeGreaterThan(80);
});

test('escaped text is drawn as itself, and text without braces is not touched', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '{', '}', '|', '$', ' ', ':', '🦊') }),
      fc.nat(),
      (text, seed) => {
        expect(drawWildcards(escapeWildcards(text), seed)).toBe(text);
      },
    ),
  );
  expect(drawWildcards('a \\| b', 1)).toBe('a \\| b');
});

test('any text gives a text or a refusal, never longer than the limit', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b ', '{', '{', '}', '}', '|', '|', '2$$', '0.5::', '\\', '🦊'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, fc.nat(), (prompt, seed) => {
      try {
        const drawn = drawWildcards(prompt, seed, 0, 20);
        if (/[{}]/.test(prompt)) expect([...drawn].length).toBeLessThanOrEqual(20);
        else expect(drawn).toBe(prompt);
      } catch (error) {
        expect(error).toMatchObject({ code: 'prompt.wildcards', blame: 'input' });
      }
    }),
    { numRuns: 2000 },
  );
});

const nested = (depth: number) => `${'{0::a|'.repeat(depth)}b${'}'.repeat(depth)}`;
test('wildcards nest sixteen deep, and no deeper', () => {
  expect(results(nested(16))).toEqual(new Set(['b']));
  expect(() => drawWildcards(nested(17), 1)).toThrow('allowed: 16 nested');
  // Braces that choose nothing do not count.
  expect(drawWildcards(`${'{'.repeat(500)}{a|a}${'}'.repeat(500)}`, 1)).toContain('{{a}}');
});

test('a result of up to 2,000 characters', () => {
  expect(drawWildcards(`{${'x'.repeat(1990)}|${'y'.repeat(1990)}}`, 1).length).toBe(1990);
  const long = `{99$$${' and also '.repeat(19)}$$${'a|'.repeat(90)}b}`;
  expect(() => drawWildcards(long, 1)).toThrow('a result of up to 2000 characters');
});

/** Work that grows with the square of the length would take minutes for a megabyte. */
test.each([
  '{',
  '}',
  '|',
  '{a|',
  '{a|b}',
  '{a',
  '\\{',
  '\\',
  '{2$$',
  '{1::a|',
  '{|}',
  '{a}|',
  '|{',
  '$$',
  '::',
  '{99$$$$|',
])('a megabyte of %j is done with at once', (piece) => {
  const text = piece.repeat(Math.ceil(1e6 / piece.length));
  const part = text.slice(0, 9000);
  for (const hostile of [text, part, `{${part}}`, `{${part}|${part}}`]) {
    const time = processorTime(() => {
      try {
        drawWildcards(hostile, 1);
      } catch (error) {
        expect(error).toMatchObject({ code: 'prompt.wildcards' });
      }
    });
    expect(time).toBeLessThan(5000);
  }
});

test('/imagine draws prompt and negative prompt before the style, and refuses what comes to nothing', async () => {
  const read = (options: object) => readImagine(options, { ...anInstallation(), label: (name) => name });
  const options = { prompt: 'a {red|red} fox', negative: '{ugly|ugly}', style: 'anime', seed: 3 };
  expect(await read(options)).toMatchObject({
    prompt: expect.stringContaining('of a red fox,'),
    negative: expect.stringMatching(/^ugly, /),
  });
  await expect(read({ prompt: '{|}', seed: 3 })).rejects.toThrow(
    'prompt is ""; allowed: 1 to 2000 characters',
  );
});
