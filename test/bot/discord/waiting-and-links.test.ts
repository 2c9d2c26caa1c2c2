/** What people know from Midjourney's bot: a mention when it took long, links to what a picture came from, pictures that go with their message. */
import { expect, onTestFinished, test } from 'vitest';
import { JOBS } from '../../../config/defaults.ts';
import { type Message, PERMISSIONS } from '../../standins/discord/shapes.ts';
import { FakeClock } from '../fake-clock.ts';
import { aDiscord, isFinal, type TestDiscord, untilAnswered, wordsOf } from './a-discord.ts';

/** A service whose time passes quickly. */
async function aQuickDiscord(): Promise<TestDiscord & { readonly clock: FakeClock }> {
  const clock = new FakeClock();
  const passing = setInterval(() => void clock.advance(500), 5);
  onTestFinished(() => clearInterval(passing));
  return { ...(await aDiscord({ clock, stepTime: 4_000 })), clock };
}

const mentions = ({ standin }: TestDiscord) =>
  standin.world.messages.filter(({ content, deleted }) => content.startsWith('<@') && !deleted);

const LONG = { prompt: 'a red fox', steps: 20 };
const SHORT = { prompt: 'a red fox', steps: 2 };

/** A finished picture; typed again where the command came too late, since three seconds are thirty milliseconds here. */
async function aPicture(
  { standin }: TestDiscord,
  person: ReturnType<TestDiscord['standin']['person']>,
  given: typeof SHORT,
): Promise<Message> {
  const asked = await untilAnswered(standin, () => person.slash('imagine', given));
  return standin.answerTo(asked, isFinal, 60_000);
}

test('who has waited over a minute is mentioned, alone, in an answer to the picture; who has not is left alone', async () => {
  const bot = await aQuickDiscord();
  const { standin, jobs } = bot;
  const anna = standin.person('Anna');
  await aPicture(bot, anna, SHORT);
  const picture = await aPicture(bot, anna, LONG);
  const isBeneath = ({ replyTo }: Message) => replyTo === picture.id;
  const mention = await standin.world.until(() => mentions(bot).find(isBeneath));
  expect(mention).toMatchObject({
    content: `<@${anna.user.id}> your picture is ready.`,
    replyTo: picture.id,
    allowedMentions: { parse: [], users: [anna.user.id] },
  });
  // On a busy machine the short one may have taken long as well.
  const waits = jobs.history.recent('discord', 9).map(({ createdAt, endedAt = 0 }) => endedAt - createdAt);
  expect(mentions(bot)).toHaveLength(waits.filter((ms) => ms > JOBS.longWait).length);
  // It goes with the picture, whose own message is still the one that counts.
  await standin.world.until(() => jobs.findByMessage('discord', picture.id)?.messages.length === 2);
  expect(jobs.findByMessage('discord', picture.id)?.messages.at(-1)?.id).toBe(picture.id);
  anna.press(picture, 'Delete');
  await standin.world.until(() => picture.deleted && mention.deleted);
  expect(standin.http.contradictions).toEqual([]);
});

test('a mention that somebody removes takes no picture with it', async () => {
  const bot = await aQuickDiscord();
  const { standin, store, jobs } = bot;
  const picture = await aPicture(bot, standin.person('Anna'), LONG);
  const [mention] = await standin.world.until(() => mentions(bot).length > 0 && mentions(bot));
  await standin.world.until(() => jobs.findByMessage('discord', picture.id)?.messages.length === 2);
  standin.person('Mona').remove(mention!);
  await aPicture(bot, standin.person('Anna'), SHORT);
  const [file] = jobs.findByMessage('discord', picture.id)!.pictures;
  expect(await store.read(file!.file)).toBeDefined();
});

test('nobody is mentioned who, or whose server, has turned it off', async () => {
  const bot = await aQuickDiscord();
  const { standin } = bot;
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('settings mine', { ping: 'no' }));
  await aPicture(bot, anna, LONG);
  const manager = standin.person('Mona', { permissions: PERMISSIONS.manageGuild });
  await standin.answerTo(manager.slash('settings server', { ping: 'no' }));
  await aPicture(bot, standin.person('Bruno'), LONG);
  await standin.answerTo(manager.slash('settings server', { ping: 'default' }));
  const cora = standin.person('Cora');
  await aPicture(bot, cora, LONG);
  await standin.world.until(() => mentions(bot).length > 0);
  expect(mentions(bot)).toHaveLength(1);
  expect(mentions(bot)[0]!.content).toContain(cora.user.id);
});

test('a reroll and what comes of it say where the picture before is', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  const picture = await standin.answerTo(anna.slash('imagine', { prompt: 'a red fox' }), isFinal);
  const linkTo = ({ channel, id }: Message) =>
    `https://discord.com/channels/${channel.guild!.id}/${channel.id}/${id}`;
  const rerolled = await standin.answerTo(anna.press(picture, 'Reroll'), isFinal);
  expect(wordsOf(rerolled)).toContain(`[Reroll of an earlier picture](${linkTo(picture)})`);
  const varied = await standin.answerTo(anna.press(rerolled, 'Vary'), isFinal);
  expect(wordsOf(varied)).toContain(`[Variation of an earlier picture](${linkTo(rerolled)})`);
});

test('a message that somebody removes by hand takes its picture with it, finished or not', async () => {
  const { standin, store, jobs, renderer } = await aDiscord();
  const { world } = standin;
  const anna = standin.person('Anna');
  const picture = await standin.answerTo(anna.slash('imagine', { prompt: 'a red fox' }), isFinal);
  const job = await world.until(() => jobs.findByMessage('discord', picture.id));
  await world.until(() => jobs.find(job.id).delivery === 'posted');
  standin.person('Mona').remove(picture);
  await expect.poll(() => store.read(job.pictures[0]!.file)).toBeUndefined();
  expect(jobs.find(job.id).deletedAt).toBeDefined();
  const asked = anna.slash('imagine', { prompt: 'a hen', steps: 150 });
  const unfinished = await standin.answerTo(asked, ({ components }) =>
    JSON.stringify(components).includes('Cancel'),
  );
  const running = await world.until(() => jobs.findByMessage('discord', unfinished.id));
  standin.person('Mona').remove(unfinished);
  await world.until(() => jobs.find(running.id).state === 'cancelled');
  expect(renderer.begun.length).toBeLessThanOrEqual(2);
});
