/** Whatever somebody writes, shown again it mentions nobody: read as the platforms read it, and as they would if they dropped what is not seen. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOneLine, withoutMentions } from '../../commands/mentions.ts';
import { processorTime } from '../processor-time.ts';

/** What Discord and Slack take for a mention (their documented forms). */
const PINGS = [
  /@everyone/i,
  /@here/i,
  /<@[!&]?\d+>/,
  /<#\d+>/,
  /<\/[\w -]+:\d+>/,
  /<id:\w+>/,
  /<t:\d+/,
  /<@[UWB]\w+(\|[^>]*)?>/,
  /<![^>]+>/,
  /<#C\w+(\|[^>]*)?>/,
  /@(channel|group|everyone|here)\b/i,
  // Slack's link_names
  /@[\p{L}\p{N}_.-]+/u,
];
const pings = (text: string) => PINGS.some((form) => form.test(text));

/** A platform that drops unseen characters (but a zero-width blank, which is what breaks a mention) or normalises. */
const readings = (text: string) => [
  text,
  text.replace(/[\p{DI}\p{Cf}]/gu, (character) => (character === '\u200b' ? character : '')),
  text.normalize('NFKC'),
];

const UNSEEN = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u202e',
  '\u2066',
  '\u180e',
  '\ufe0f',
  '\u034f',
  '\u061c',
];

const FORMS = [
  '@everyone',
  '@here',
  '@EVERYONE',
  '@Here',
  'hello @everyone!',
  'mail@everyone',
  '@@everyone',
  '@everyone@here',
  '*@everyone*',
  '`@everyone`',
  '||@here||',
  '> @everyone',
  '[@everyone](https://a.example)',
  '@\neveryone @here',
  '<@123456789012345678>',
  '<@!123456789012345678>',
  '<@&123456789012345678>',
  '<#123456789012345678>',
  '</imagine:123456789012345678>',
  '</imagine sub:123456789012345678>',
  '<id:customize>',
  '<id:guide>',
  '<t:1700000000:R>',
  '<<@123456789012345678>>',
  '\\<@123456789012345678>',
  '<@123456789012345678><@&123456789012345678>',
  '<@U012AB3CD>',
  '<@W012AB3CD>',
  '<@U012AB3CD|bob>',
  '<#C024BE7LR>',
  '<#C024BE7LR|general>',
  '<!here>',
  '<!channel>',
  '<!everyone>',
  '<!here|here>',
  '<!group>',
  '<!subteam^SAZ94GDB8>',
  '<!subteam^SAZ94GDB8|@team>',
  '<!date^1392734382^{date}|today>',
  '@channel',
  '@group',
  '@bob',
  '@bob.smith',
  '＠everyone',
  '﹫here',
  '＜@U012AB3CD＞',
  '<＠U012AB3CD>',
  '＜！here＞',
  '<！channel>',
  '<＃C024BE7LR>',
  ...UNSEEN.flatMap((c) => [
    `@${c}everyone`,
    `@ever${c}yone`,
    `<${c}@123456789012345678>`,
    `<@${c}U012AB3CD>`,
    `<${c}!here>`,
    `<!${c}channel>`,
  ]),
  `@${UNSEEN.join('')}everyone`,
];

test.each(FORMS)('%j pings nobody', (form) => {
  expect([...readings(form), form.replace(/[\p{DI}\p{Cf}]/gu, '')].some(pings)).toBe(true);
  const shown = withoutMentions(form);
  for (const reading of readings(shown)) expect(reading).not.toSatisfy(pings);
});

test('there are more than fifty of them', () => {
  expect(FORMS.length).toBeGreaterThan(50);
});

test('it reads as before, and a second time changes nothing', () => {
  const visible = (text: string) => text.replace(/[\p{DI}\p{Cf}]/gu, '');
  for (const form of FORMS) {
    const shown = withoutMentions(form);
    expect(visible(shown)).toBe(visible(form));
    expect(withoutMentions(shown)).toBe(shown);
  }
});

test.each(['a red fox', '👩‍👩‍👧 (sky:1.3) <b> a < b, 5 @ 3', '東京 می‌خواهم ❤️', ':@', '<', '@'])(
  '%j mentions nobody and is left alone',
  (text) => {
    expect(withoutMentions(text)).toBe(text);
  },
);

test('made of any pieces, nothing pings', () => {
  const piece = fc.constantFrom(
    '@',
    '<',
    '!',
    '&',
    '#',
    '>',
    '/',
    ':',
    '1',
    'U1',
    'here',
    'everyone',
    'id',
    ' ',
    '＠',
    ...UNSEEN,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const shown = withoutMentions(pieces.join(''));
      for (const reading of readings(shown)) expect(reading).not.toSatisfy(pings);
    }),
    { numRuns: 3000 },
  );
});

test('a prompt in a list is one short line', () => {
  expect(inOneLine('a\n\n fox\t @here')).toBe('a fox @\u200bhere');
  expect([...inOneLine('🦊'.repeat(500), 10)]).toEqual([...'🦊'.repeat(9), '…']);
});

test.each(['@', '<', '@\u200d', '<\u200b', '<@', '\u200d'])(
  'a megabyte of %j is done with at once',
  (piece) => {
    const text = piece.repeat(1e6 / piece.length);
    expect(processorTime(() => withoutMentions(text))).toBeLessThan(5000);
  },
);
