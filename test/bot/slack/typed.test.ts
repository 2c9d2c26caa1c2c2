import { expect, test } from 'vitest';
import { harmless, inSlackWords } from '../../../bot/slack/escape.ts';
import { readMention, readTyped } from '../../../bot/slack/read-words.ts';
import { showReply } from '../../../bot/slack/reply-message.ts';

const shown = ({ command, given }: ReturnType<typeof readTyped>) => [command.name, given];

test.each([
  ['/imagine', 'a red fox --seed 4', ['imagine', { prompt: 'a red fox', seed: '4' }]],
  ['/imagine', 'queue of people at dawn', ['imagine', { prompt: 'queue of people at dawn' }]],
  ['/imagine', '', ['help', {}]],
  ['/imagine', 'help', ['help', {}]],
  ['/darkroom', '', ['help', {}]],
  ['/darkroom', 'cancel all', ['cancel', { request: 'all' }]],
  ['/darkroom', '/queue', ['queue', {}]],
  ['/queue', '', ['queue', {}]],
  ['/paint', 'a boat', ['imagine', { prompt: 'a boat' }]],
])('%s %s', (slash, text, expected) => {
  expect(shown(readTyped(slash, text))).toEqual(expected);
});

test('/darkroom and a word that is no command is refused', () => {
  expect(() => readTyped('/darkroom', 'dance')).toThrow('"/dance" is not a command');
});

test.each([
  ['<@UBOT> a red fox', ['imagine', { prompt: 'a red fox' }]],
  ['a red fox <@UBOT> --seed 3', ['imagine', { prompt: 'a red fox', seed: '3' }]],
  ['<@UBOT> imagine a boat', ['imagine', { prompt: 'a boat' }]],
  ['<@UBOT> queue', ['queue', {}]],
  ['<@UBOT> queue of people', ['imagine', { prompt: 'queue of people' }]],
  ['<@UBOT> settings --model nano', ['settings', { model: 'nano' }]],
  ['<@UBOT> /cancel all', ['cancel', { request: 'all' }]],
  ['<@UBOT>', ['help', {}]],
  [
    '<@UBOT> fish &amp; chips on <http://example.com|example.com>',
    ['imagine', { prompt: 'fish & chips on example.com' }],
  ],
])('%s', (text, expected) => {
  expect(shown(readMention(text, 'UBOT'))).toEqual(expected);
});

test('a reply of many long lines stays below what Slack takes of all texts of one message', () => {
  const lines = Array.from({ length: 30 }, (_, i) => String(i).padEnd(900, '.'));
  const fields = lines.map((value) => ({ name: 'x', value }));
  const texts = showReply({ private: true, lines, fields }, () => undefined).blocks.flatMap((block) =>
    block.type === 'section' ? [block.text!.text] : [],
  );
  expect(texts.join('').length).toBeLessThan(11_000);
  expect(texts.join('').length).toBeGreaterThan(8_000);
});

test('words are shown as they were written, and hints as they are typed on Slack', () => {
  expect(harmless('a < b & <!here>')).toBe('a &lt; b &amp; &lt;\u200b!here&gt;');
  expect(inSlackWords('"/cancel all" ends all; /help. See https://x.example/queue, /imagine')).toBe(
    '"/darkroom cancel all" ends all; /darkroom help. See https://x.example/queue, /imagine',
  );
});
