import { expect, test } from 'vitest';
import { aFinal, aSlack, ephemerals, finals, wordsOf } from './a-slack.ts';

/** Ways in which words could reach people or lead somewhere. */
const ATTEMPTS = [
  '<!channel> fox',
  '<!here> fox',
  '<!everyone|everyone> fox',
  '<!subteam^S123|@team> fox',
  '<@U0000000001> fox',
  '@channel @here @everyone fox',
  '<https://evil.example|Reroll> fox',
  '<#C123|general> fox',
  '< !channel> fox',
  '<\u200b!channel> fox',
  '&lt;!channel&gt; fox',
  '&amp;lt;!channel> fox',
  '*bold* _it_ `code` ~no~ >quote fox',
];

/** What Slack would make a mention or a link of. */
const LIVE = /<(!|@|#|https?:)[^>]*>/g;

test('words of a prompt mention nobody and link nowhere; only the asker is told', async () => {
  const { standin, renderer } = await aSlack();
  const anna = standin.person('Anna');
  for (const [i, attempt] of ATTEMPTS.entries()) {
    standin.http.limits.allowance = () => ({ burst: 1000, every: 1 });
    anna.types(`/imagine ${attempt} --negative "<!channel>"`);
    await aFinal(standin, i + 1);
  }
  expect(renderer.begun[0]!.prompt).toBe('<!channel> fox');
  expect(renderer.begun[4]!.prompt).toBe('<@U0000000001> fox');
  const own = `<@${anna.user.id}>`;
  for (const { revisions, channel } of standin.world.messages) {
    for (const one of revisions) {
      const live = wordsOf({ text: one.text, blocks: [...one.blocks] }).match(LIVE) ?? [];
      const strange = live.filter((found) => found !== own && !found.includes(`/archives/${channel.id}/`));
      expect(strange).toEqual([]);
      expect(one.text).not.toContain(own);
    }
  }
  standin.world.app.commands.push({ command: '/darkroom', escapes: false });
  anna.types('/darkroom gallery');
  const gallery = await standin.until(() => ephemerals(standin)[0]);
  const shown = JSON.stringify(gallery.blocks);
  expect(shown).toContain('*bold* _it_');
  expect(shown).not.toMatch(/"type":"mrkdwn","text":"[^"]*bold/);
  const posts = standin.http.calls.filter(({ method }) => /^chat\.(postMessage|update)$/.test(method));
  for (const { args } of posts) expect(args).toMatchObject({ parse: 'none', link_names: 'false' });
  expect(finals(standin)).toHaveLength(ATTEMPTS.length);
});

test('the longest prompt of the widest signs fits into its message', async () => {
  const { standin } = await aSlack();
  standin.person('Anna').types(`/imagine ${'<&>'.repeat(660)}`);
  const final = await aFinal(standin);
  expect(standin.world.messages[0]!.deleted).toBe(false);
  expect(final.images[0]!.alt.length).toBeLessThanOrEqual(2000);
});

test('who does not want to be mentioned is named instead', async () => {
  const bot = await aSlack();
  const { standin } = bot;
  const anna = standin.person('Anna');
  standin.world.app.commands.push({ command: '/darkroom', escapes: false });
  anna.types('/darkroom settings --ping no');
  await standin.until(() => ephemerals(standin).length > 0);
  // Her name is asked for once, and a request waits for it only a moment.
  await standin.until(() => bot.journal.keyValues.under('person').length === 1);
  anna.types('/imagine a fox');
  const final = await aFinal(standin);
  expect(wordsOf(final)).not.toContain('<@');
  expect(wordsOf(final)).toContain('by Anna');
});

test('what a picture was made from is a link to its message', async () => {
  const { standin } = await aSlack();
  const anna = standin.person('Anna');
  anna.types('/imagine a fox');
  const first = await aFinal(standin);
  anna.presses(first, 'Reroll');
  const second = await aFinal(standin, 2);
  const [, link] = /<(https:[^|>]+)\|Reroll of an earlier picture>/.exec(wordsOf(second)) ?? [];
  expect(link).toContain(`/archives/${first.channel.id}/`);
});
