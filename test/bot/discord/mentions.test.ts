/** Whatever stands in a prompt, a negative prompt, a name: nobody is mentioned, and nothing is set in bold, linked or hidden. */

import { expect, test } from 'vitest';
import { showCard } from '../../../bot/discord/card-message.ts';
import type { Card } from '../../../bot/messages/card.ts';
import { aDiscord, isFinal, isPrivate, wordsOf } from './a-discord.ts';

const TARGETS = [
  '@everyone',
  '@here',
  '<@1234567890123456789>',
  '<@!1234567890123456789>',
  '<@&1234567890123456789>',
];
const PLACES = ['<#1234567890123456789>', '</imagine:1234567890123456789>', '<id:guide>', '<t:1700000000:R>'];
const UNSEEN = ['\u200b', '\u200d', '\u2060', '\u00ad', '\ufeff', '\u034f'];

/** More than fifty ways to write a mention. */
const FORMS = [
  ...[...TARGETS, ...PLACES].flatMap((form) => [
    form,
    `a fox ${form} in the snow`,
    `${form}${form}`,
    `**${form}**`,
    `\`${form}\``,
    `[words](${form})`,
  ]),
  ...UNSEEN.flatMap((sign) => TARGETS.slice(0, 3).map((form) => form[0] + sign + form.slice(1))),
  '＠everyone',
  '@EVERYONE',
  '<<@1234567890123456789>>',
  '\\@everyone',
];

/** What Discord's clients take for a mention, also when they drop what is not seen. */
const PINGS = [/@(everyone|here)/i, /<@[!&]?\d+>/, /<#\d+>/, /<\/[\w -]+:\d+>/, /<id:\w+>/];
const pings = (text: string) => {
  const readings = [
    text,
    text.replace(/\p{DI}/gu, (sign) => (sign === '\u200b' ? sign : '')),
    text.normalize('NFKC'),
  ];
  return readings.some((reading) => PINGS.some((form) => form.test(reading)));
};

test(`${FORMS.length} forms of mentions in prompts mention nobody`, async () => {
  const { standin } = await aDiscord({ stepTime: 0, devices: 4 });
  expect(FORMS.length).toBeGreaterThan(50);
  const anna = standin.person('@everyone <@&1234567890123456789>');
  for (const form of FORMS) {
    const asked = anna.slash('imagine', { prompt: form, negative: form, steps: 1 });
    const message = await standin.answerTo(asked, isFinal);
    for (const revision of message.revisions) expect(pings(wordsOf(revision)), form).toBe(false);
  }
  const refused = anna.slash('imagine', { prompt: 'x', style: '@everyone' });
  const answer = await standin.answerTo(refused);
  expect(isPrivate(answer)).toBe(true);
  expect(pings(answer.content)).toBe(false);

  const writing = standin.http.requests.filter(
    ({ method, route }) => /^(POST|PATCH)$/.test(method) && /messages|callback|webhooks/.test(route),
  );
  expect(writing.length).toBeGreaterThan(2 * FORMS.length);
  for (const { body } of writing) {
    const said = body as {
      data?: { content?: string; allowed_mentions?: unknown };
      allowed_mentions?: unknown;
    };
    const isOnlyDeferred = said.data?.content === undefined && 'type' in said;
    if (!isOnlyDeferred) {
      expect(said.allowed_mentions ?? said.data?.allowed_mentions).toEqual({ parse: [] });
    }
  }
  expect(standin.http.contradictions).toEqual([]);
});

test('markup of a prompt is shown as it was written', async () => {
  const { standin } = await aDiscord();
  const prompt = '# big\n> quote\n-# small **bold** ||hidden|| [a](https://evil.example) `code` - list';
  const asked = standin.person('Anna').slash('imagine', { prompt });
  const words = wordsOf(await standin.answerTo(asked, isFinal));
  expect(words).not.toContain('**bold**');
  expect(words).not.toContain('||hidden||');
  expect(words).not.toContain('](https');
  expect(words).not.toMatch(/^(# big|> quote|-# small)/m);
});

test('the longest prompt beside eight LoRA files with long names stays below 4,000 characters', async () => {
  const loras = Array.from({ length: 8 }, () => ({ name: '🦊_'.repeat(100), strength: 1 }));
  const size = { width: 64, height: 64, steps: 1, count: 1 };
  const card: Card = {
    ...{
      job: 'x',
      state: 'failed',
      by: { surface: 'discord', id: '1', name: 'Anna' },
      pictures: [],
      actions: [],
    },
    facts: { prompt: '*'.repeat(2000), negative: '', model: 'nano', seed: 1, ...size, loras },
  };
  const { body } = await showCard(card, { language: 'en', fileLimit: 1 });
  const words = wordsOf({ content: '', components: body.components as never }).replaceAll('\n', '');
  expect(words.length).toBeLessThanOrEqual(4000);
});

test('a prompt of two thousand characters that all must be escaped fits', async () => {
  const { standin } = await aDiscord();
  for (const sign of ['*', '_', '`', '@', '<@1', '\n# ', '字', '🦊']) {
    const prompt = sign.repeat(Math.floor(2000 / sign.length / (sign === '🦊' ? 2 : 1)));
    const asked = standin.person('Anna').slash('imagine', { prompt: `a${prompt}`.slice(0, 2000) });
    await standin.answerTo(asked, isFinal);
  }
  expect(standin.http.contradictions).toEqual([]);
});
