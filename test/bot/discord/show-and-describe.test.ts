/** `/show`, `/describe`, and pictures sent to oneself by ✉️. */
import { expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { encodePng } from '../../../pipeline/image/png.ts';
import { aDiscord, directMessages, isFinal, isPrivate, type TestDiscord, wordsOf } from './a-discord.ts';

async function aPicture({ standin }: TestDiscord, given = {}) {
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a red fox', seed: 42, negative: 'blur', ...given });
  return { anna, message: await standin.answerTo(asked, isFinal) };
}

test('/show finds a picture by the link to its message, and by its id, with the command that makes it again', async () => {
  const bot = await aDiscord();
  const { standin, jobs } = bot;
  const { anna, message } = await aPicture(bot);
  const job = await standin.world.until(() => jobs.findByMessage('discord', message.id));
  const link = `https://discord.com/channels/${message.channel.guild!.id}/${message.channel.id}/${message.id}`;
  for (const picture of [link, job.id]) {
    const shown = await standin.answerTo(
      anna.slash('show', { picture }),
      (one) => one.attachments.length > 0,
    );
    expect(isPrivate(shown)).toBe(true);
    expect(wordsOf(shown)).toContain('seed 42');
    expect(wordsOf(shown)).toContain('**Negative** blur');
    expect(wordsOf(shown)).toContain('/imagine a red fox --model nano-turbo --seed 42 --negative blur');
  }
  const refused = await standin.answerTo(anna.slash('show', { picture: 'yesterday' }));
  expect(refused.content).toBe(new Fault('job.unknown', {}).message);
});

test("somebody else's picture is shown where its message stands, and nowhere else", async () => {
  const bot = await aDiscord();
  const { standin, jobs } = bot;
  const { message } = await aPicture(bot);
  const job = await standin.world.until(() => jobs.findByMessage('discord', message.id));
  const bruno = standin.person('Bruno');
  const here = await standin.answerTo(
    bruno.slash('show', { picture: job.id }),
    (one) => one.attachments.length > 0,
  );
  expect(isPrivate(here)).toBe(true);
  const channel = standin.world.addChannel({ guild: message.channel.guild!, name: 'elsewhere' });
  const elsewhere = await standin.answerTo(bruno.slash('show', { picture: job.id }, { channel }));
  expect(elsewhere.content).toBe(new Fault('job.unknown', {}).message);
});

test('/describe reads what a PNG tells, and says so when it tells nothing', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  const black = { width: 8, height: 8, data: new Uint8Array(8 * 8 * 3) };
  const parameters =
    'a hen\nNegative prompt: fog\nSteps: 9, Sampler: Euler, CFG scale: 5, Seed: 7, Size: 512x512';
  const told = await encodePng(black, [{ keyword: 'parameters', text: parameters }]);
  const bytes = await encodePng(black);
  const described = await standin.answerTo(anna.slash('describe', { image: { name: 'a.png', bytes: told } }));
  expect(isPrivate(described)).toBe(true);
  for (const words of ['a hen', 'fog', '**Seed** 7', '/imagine a hen --style none --seed 7'])
    expect(wordsOf(described)).toContain(words);
  const nothing = await standin.answerTo(anna.slash('describe', { image: { name: 'b.png', bytes } }));
  expect(nothing.content).toBe(new Fault('story.none', {}).message);
});

test('✉️ sends files and seed to whoever reacts, once, by direct message', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const { message } = await aPicture(bot);
  const bruno = standin.person('Bruno');
  bruno.react(message, '✉️');
  bruno.react(message, '📩');
  const [sent] = await standin.world.until(
    () => directMessages(standin).length > 0 && directMessages(standin),
  );
  expect(sent!.attachments.map(({ bytes }) => Buffer.from(bytes))).toEqual(
    message.attachments.map(({ bytes }) => Buffer.from(bytes)),
  );
  expect(wordsOf(sent!)).toContain('seed 42');
  await standin.answerTo(bruno.slash('queue'));
  expect(directMessages(standin)).toHaveLength(1);
  expect(standin.http.contradictions).toEqual([]);
});
