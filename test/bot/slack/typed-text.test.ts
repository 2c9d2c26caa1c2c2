import { expect, test } from 'vitest';
import { fromEntities, fromSlack } from '../../../bot/slack/typed-text.ts';
import { imagine } from '../../../commands/imagine.ts';
import { parseText } from '../../../commands/parse-text.ts';

test.each([
  ['a fox &amp; a hen', 'a fox & a hen'],
  ['1 &lt; 2 &gt; 0', '1 < 2 > 0'],
  ['&amp;lt;', '&lt;'],
  ['&quot; &copy;', '&quot; &copy;'],
  ['<https://files.slack.com/a.png?x=1&amp;y=2>', 'https://files.slack.com/a.png?x=1&y=2'],
  ['<https://example.com|example.com> fox', 'example.com fox'],
  ['<mailto:a@b.example|a@b.example>', 'a@b.example'],
  ['<mailto:a@b.example>', 'a@b.example'],
  ['<@U012AB3CD|bob> and <@U012AB3CD>', '@bob and @U012AB3CD'],
  ['<#C1|general> <#C1|> <#C1>', '#general #C1 #C1'],
  ['<!here> <!channel|channel> <!subteam^S1|@team>', '@here channel @team'],
  ['a &lt;b&gt; c', 'a <b> c'],
  ['<', '<'],
  ['<>', '<>'],
])('Slack’s %j was typed %j', (received, typed) => {
  expect(fromSlack(received)).toBe(typed);
});

test('a Slack command as it arrives', () => {
  const received =
    'a “red” fox &amp; hen —seed 42 --image <https://files.slack.com/a.png> —negative “low &lt;res&gt;”';
  expect(parseText(fromSlack(received), imagine)).toEqual({
    prompt: 'a “red” fox & hen',
    seed: '42',
    image: 'https://files.slack.com/a.png',
    negative: 'low <res>',
  });
});

test.each(['<', '<|', '<a|', '<a', '&amp', '&', '<@U1|'])(
  'a megabyte of %j is done with at once',
  (piece) => {
    const text = piece.repeat(Math.ceil(1e6 / piece.length));
    for (const undo of [fromSlack, fromEntities]) expect(undo(text).length).toBeGreaterThan(0);
  },
  20_000,
);
