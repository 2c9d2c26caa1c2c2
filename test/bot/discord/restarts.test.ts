import { expect, test } from 'vitest';
import type { Message } from '../../standins/discord/shapes.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { aDiscord, directMessages, isFinal, isLoading, labelsOf, wordsOf } from './a-discord.ts';
import type { TestDiscord } from './start-discord.ts';

/** How each answer to a request ended up: its finished messages. */
const finals = (bot: Awaited<ReturnType<typeof aDiscord>>) => bot.standin.world.messages.filter(isFinal);

/**
 * Lets minutes pass on the fake clock. In the first `shown` of them a step is shown, which takes real time and is waited
 * for; after that only calls that have no answer yet are.
 */
async function minutes(
  count: number,
  shown: number,
  { standin }: TestDiscord,
  clock: FakeClock,
  { revisions }: Message,
): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    const before = revisions.length;
    await clock.advance(60_000);
    if (minute < shown) await standin.world.until(() => revisions.length > before);
    await standin.world.until(() => standin.http.requests.every(({ status }) => status !== undefined));
    await settle();
  }
}

test('an end in mid-picture: after the restart the same message is finished, once', async () => {
  const before = await aDiscord({ stepTime: 300 });
  const { standin, folder } = before;
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a fox', steps: 50, seed: 5 });
  const message = await standin.answerTo(asked, (one) => one.attachments[0]?.filename === 'preview.webp');
  await before.close();
  const after = await aDiscord({ standin, folder, stepTime: 2 });
  await standin.world.until(() => isFinal(message));
  expect(finals(after)).toEqual([message]);
  expect(standin.world.messages).toHaveLength(1);
  await standin.answerTo(anna.press(message, 'Reroll'), isFinal);
});

test('accepted, but not acknowledged when the service ended: the picture comes into the channel', async () => {
  const before = await aDiscord();
  const { standin, folder } = before;
  standin.http.intervene = ({ route }) => (route.endsWith('/callback') ? 'lose_request' : 'pass');
  const anna = standin.person('Anna');
  anna.slash('imagine', { prompt: 'a fox' });
  await standin.world.until(() => before.jobs.history.recent('discord', 1).length === 1);
  await before.close();
  const after = await aDiscord({ standin, folder });
  const message = await standin.world.until(() => standin.world.messages.find(isFinal));
  expect(message.token).toBeUndefined();
  expect(finals(after)).toHaveLength(1);
});

test('the answer to the final was lost with the process: it is not posted a second time', async () => {
  const before = await aDiscord();
  const { standin, folder } = before;
  const anna = standin.person('Anna');
  standin.http.intervene = ({ body }) => (JSON.stringify(body).includes('Reroll') ? 'lose_answer' : 'pass');
  const asked = anna.slash('imagine', { prompt: 'a fox' });
  const message = await standin.answerTo(asked, isFinal);
  await before.close();
  standin.http.intervene = () => 'pass';
  const after = await aDiscord({ standin, folder });
  await standin.world.until(() => after.jobs.findByMessage('discord', message.id)?.delivery === 'posted');
  expect(standin.world.messages).toHaveLength(1);
});

test('a new message in the channel whose answer was lost is found again by its button', async () => {
  const before = await aDiscord();
  const { standin, folder } = before;
  const anna = standin.person('Anna');
  const first = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  standin.http.intervene = ({ method, route }) =>
    method === 'POST' && route === '/channels/:id/messages' ? 'lose_answer' : 'pass';
  anna.react(first, '🎲');
  const second = await standin.world.until(() => standin.world.messages[1]);
  await before.close();
  standin.http.intervene = () => 'pass';
  // As after the minutes for which Discord remembers a nonce.
  Object.assign(second, { nonce: 'forgotten' });
  await aDiscord({ standin, folder });
  await standin.world.until(() => isFinal(second));
  expect(standin.world.messages).toHaveLength(2);
});

test('after fifteen minutes the same message is finished through the channel', async () => {
  const clock = new FakeClock();
  const bot = await aDiscord({ clock, stepTime: 60_000 });
  const { standin } = bot;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a slow fox', steps: 17 });
  const message = await standin.answerTo(asked, (one) => !isLoading(one));
  await minutes(17, 16, bot, clock, message);
  await standin.world.until(() => isFinal(message));
  expect(message.revisions.at(-1)!.via).toBe('channel');
  expect(standin.http.requests.filter(({ status }) => status === 401)).toEqual([]);
  expect(standin.world.messages).toHaveLength(1);
});

test('a token that Discord ends before its time is given up for the channel at once', async () => {
  const bot = await aDiscord({ stepTime: 50 });
  const { standin } = bot;
  standin.http.intervene = ({ method, route }) =>
    method === 'PATCH' && route.startsWith('/webhooks/')
      ? { status: 401, body: { message: 'Invalid Webhook Token', code: 50027 } }
      : 'pass';
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  const message = await standin.world.until(() => standin.world.messages.find(isFinal));
  expect(asked.ack).toBe(5);
  expect(message.revisions.at(-1)!.via).toBe('channel');
  expect(bot.discord.problem()).toBeUndefined();
});

test('where the bot is carried in by one person and the token is over, the picture goes to them in a direct message', async () => {
  const clock = new FakeClock();
  const bot = await aDiscord({ clock, stepTime: 60_000 });
  const { standin } = bot;
  const elsewhere = standin.world.addGuild('Elsewhere', { hasBot: false });
  const channel = standin.world.addChannel({ guild: elsewhere });
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a slow fox', steps: 17 }, { channel });
  const message = await standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'));
  await minutes(18, 14, bot, clock, message);
  const job = bot.jobs.findByMessage('discord', message.id)!;
  await standin.world.until(() => directMessages(standin).some(isFinal));
  await standin.world.until(() => bot.jobs.find(job.id).delivery === 'posted');
  const warned = message.revisions.some((one) => wordsOf(one).includes('only 15 minutes'));
  expect(warned).toBe(true);
});

test('where the bot may not see the channel, that time is short is said as well, and the picture still tried', async () => {
  const clock = new FakeClock();
  const bot = await aDiscord({ clock, stepTime: 60_000 });
  const { standin } = bot;
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a slow fox', steps: 17 }, { botPermissions: 0n });
  const message = await standin.answerTo(asked, (one) => labelsOf(one).includes('Cancel'));
  await minutes(18, 16, bot, clock, message);
  await standin.world.until(() => isFinal(message));
  expect(message.revisions.some((one) => wordsOf(one).includes('only 15 minutes'))).toBe(true);
});

test('the same event twice makes one job', async () => {
  const { standin, jobs } = await aDiscord();
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a fox' });
  anna.repeat(asked);
  await standin.answerTo(asked, isFinal);
  expect(jobs.history.recent('discord', 10)).toHaveLength(1);
});
