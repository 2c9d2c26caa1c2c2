/** No regular expression of the source takes more than linear time: one that did kept the service silent for minutes. */
import { describe, expect, test } from 'vitest';
import { findSlowText } from './attack-pattern.ts';
import { findPatterns } from './find-patterns.ts';

const { literals, built } = findPatterns();

describe('the search itself', () => {
  test.each([
    [/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i],
    [/^[A-Za-z0-9+/\s]+={0,2}\s*$/],
    [/\/+$/],
    [/\s+$/g],
    [/^(a+)+$/],
    [/\p{L}+\d/gu],
  ])('finds what is slow in %s', ({ source, flags }) => {
    expect(findSlowText({ source, flags })).toBeDefined();
  });

  test.each([[/^\s*[+-]?\d+\s*$/], [/[ \t\r\n]/g], [/^[A-Za-z0-9+/]*={0,2}$/], [/(?<!\/)\/+$/], [/\S+/y]])(
    'finds nothing in %s',
    ({ source, flags }) => {
      expect(findSlowText({ source, flags })).toBeUndefined();
    },
  );

  test('sees the whole source', () => {
    expect(literals.length).toBeGreaterThan(120);
    expect(literals.some(({ at }) => at.startsWith('commands/read-option.ts'))).toBe(true);
  });
});

test('no pattern in the source is slower than linear', () => {
  const slow = literals.flatMap((pattern) => {
    const text = findSlowText(pattern);
    return text === undefined ? [] : [`${pattern.at} /${pattern.source}/${pattern.flags} on ${text}`];
  });
  expect(slow).toEqual([]);
});

/** Each of them is in `worst-texts.test.ts` with its parser, or is made of names that we wrote. */
test('patterns that are put together while the program runs are known', () => {
  expect(built).toEqual([
    'bot/safety/plain-letters.ts',
    'bot/safety/spellings.ts',
    'bot/slack/read-words.ts',
    'bot/web/page/suggest.js',
    'commands/mentions.ts',
    'commands/parse-text.ts',
    'pipeline/text/added-tokens.ts',
    'pipeline/text/python-float.ts',
    'pipeline/text/t5-json.ts',
    'pipeline/workflow/graph.ts',
  ]);
});
