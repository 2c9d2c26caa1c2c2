/** Somebody's words on Discord look as they were typed, and 1,800 brackets do not hold everybody up. */
import { expect, test } from 'vitest';
import { harmless } from '../../../bot/discord/escape.ts';
import { processorTime } from '../../processor-time.ts';

test.each([
  ['**b** _i_ __u__', '\\*\\*b\\*\\* \\_i\\_ \\_\\_u\\_\\_'],
  ['~~s~~ ||h|| `c`', '\\~\\~s\\~\\~ \\|\\|h\\|\\| \\`c\\`'],
  ['\\*not bold*', '\\\\\\*not bold\\*'],
  ['a-b, 1.5 + 2 > 3 #4', 'a-b, 1.5 + 2 > 3 #4'],
  ['-1\n4.5\n#5\n+1', '-1\n4.5\n#5\n+1'],
  ['# h\n  ## h\n- # x', '\\# h\n  \\## h\n\\- # x'],
  ['- a\n+ b\n* c\n1. d\n22) e', '\\- a\n\\+ b\n\\* c\n1\\. d\n22\\) e'],
  ['> q\n>>> q\n-# small', '\\> q\n\\>>> q\n\\-# small'],
  ['[words](https://a.example)', '[words]\u200b(https://a.example)'],
  ['see https://a.example/x_y_z, _there_', 'see https://a.example/x_y_z, \\_there\\_'],
  ['xhttps://_a_', 'xhttps://\\_a\\_'],
  ['https://a\\*b*', 'https://a\\\\\\*b\\*'],
  ['@everyone <@1>', '@\u200beveryone <\u200b@\u200b1>'],
])('%j becomes %j', (typed, shown) => expect(harmless(typed)).toBe(shown));

/** Milliseconds of the processor: what discord.js itself does with each of these takes from seconds to minutes. */
const LONGEST = 2_000;

test.each([
  `${'['.repeat(30_000)}${']('.repeat(30_000)}`,
  '*'.repeat(60_000),
  '_a'.repeat(30_000),
  '`'.repeat(60_000),
  '\\'.repeat(60_000),
  `https://${'*x'.repeat(30_000)}`,
  '1'.repeat(60_000),
  `\n${' '.repeat(60_000)}`,
])('%# of the texts that held the service up takes no time', (text) => {
  expect(processorTime(() => harmless(text))).toBeLessThan(LONGEST);
});
