import sharp from 'sharp';
import { expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { PERMISSIONS } from '../../standins/discord/shapes.ts';
import {
  aDiscord,
  directMessages,
  isFinal,
  isPrivate,
  labelsOf,
  type TestDiscord,
  wordsOf,
} from './a-discord.ts';

async function aPicture({ standin }: TestDiscord, given = {}) {
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a red fox', seed: 42, ...given });
  return { anna, message: await standin.answerTo(asked, isFinal) };
}

test('Reroll and Vary make another message; anybody may', async () => {
  const bot = await aDiscord();
  const { message } = await aPicture(bot);
  const bruno = bot.standin.person('Bruno');
  const rerolled = await bot.standin.answerTo(bruno.press(message, 'Reroll'), isFinal);
  expect(wordsOf(rerolled)).toContain('by Bruno');
  expect(wordsOf(rerolled)).not.toContain('seed 42');
  const varied = await bot.standin.answerTo(bruno.press(message, 'Vary'), isFinal);
  expect(bot.renderer.begun.at(-1)).toMatchObject({ prompt: 'a red fox', init: { strength: 0.6 } });
  expect(varied.id).not.toBe(rerolled.id);
});

test('Finalize draws prompt and seed of a draft with the final model, which has no Finalize itself', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  const final = await bot.standin.answerTo(anna.press(message, 'Finalize'), isFinal);
  expect(wordsOf(final)).toContain('nano · seed 42');
  expect(labelsOf(final)).not.toContain('Finalize');
});

test('Remix opens a form filled with what was asked, and what is changed there is drawn', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot, { negative: 'blur' });
  const form = anna.press(message, 'Remix');
  await bot.standin.world.until(() => form.ack === 9);
  const sent = anna.submit(form, { prompt: 'a blue fox' });
  const remixed = await bot.standin.answerTo(sent, isFinal);
  expect(wordsOf(remixed)).toContain('a blue fox');
  expect(bot.renderer.begun.at(-1)).toMatchObject({ prompt: 'a blue fox', seed: 42, negative: 'blur' });
  expect(bot.jobs.findByMessage('discord', remixed.id)!.origin).toMatchObject({ kind: 'remix' });
  expect(bot.standin.http.contradictions).toEqual([]);
});

test('an emptied seed of the form means a random one; a wrong one is refused', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  const form = anna.press(message, 'Remix');
  await bot.standin.world.until(() => form.ack === 9);
  await bot.standin.answerTo(anna.submit(form, { seed: '' }), isFinal);
  expect(bot.renderer.begun.at(-1)!.seed).toBe(7);
  const refused = await bot.standin.answerTo(anna.submit(form, { seed: 'seven' }));
  expect(isPrivate(refused)).toBe(true);
  expect(refused.content).toContain('seed is "seven"');
});

test('Cancel ends a request; nobody else but a moderator may', async () => {
  const bot = await aDiscord({ stepTime: 200 });
  const { standin } = bot;
  const anna = standin.person('Anna');
  const running = (is: { components: unknown }) => labelsOf(is as never).includes('Cancel');
  const asked = anna.slash('imagine', { prompt: 'a fox', steps: 100 });
  const message = await standin.answerTo(asked, running);
  const refused = standin.person('Bruno').press(message, 'Cancel');
  const answer = await standin.world.until(() =>
    standin.world.messages.find((one) => one.token === refused.token && isPrivate(one)),
  );
  expect(answer.content).toBe('Only Anna or a moderator can cancel this picture.');
  const moderator = standin.person('Mona', { permissions: PERMISSIONS.manageMessages });
  moderator.press(message, 'Cancel');
  await standin.answerTo(asked, (one) => wordsOf(one).includes('Cancelled'));
  expect(labelsOf(message)).toEqual(['Try again', 'Remix', 'Delete']);
});

test('Delete removes message and file', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  const { pictures } = bot.jobs.findByMessage('discord', message.id)!;
  anna.press(message, 'Delete');
  await bot.standin.world.until(() => message.deleted);
  await expect.poll(() => bot.store.read(pictures[0]!.file)).toBeUndefined();
});

test('reactions reroll, finalize and delete; others mean nothing; strangers cannot delete', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const { anna, message } = await aPicture(bot);
  const count = () => standin.world.messages.filter(isFinal).length;
  anna.react(message, '👍');
  anna.react(message, '🎲');
  await standin.world.until(() => count() === 2);
  const rerolled = standin.world.messages.at(-1)!;
  expect(rerolled.replyTo).toBe(message.id);
  anna.react(message, '✨');
  await standin.world.until(() => count() === 3);
  const bruno = standin.person('Bruno');
  bruno.react(message, '❌');
  anna.react(rerolled, '❌');
  await standin.world.until(() => rerolled.deleted);
  expect(message.deleted).toBe(false);
  // A stranger's cross is an opinion.
  expect(directMessages(standin)).toEqual([]);
  anna.react(message, '❌');
  await standin.world.until(() => message.deleted);
  expect(bot.renderer.begun).toHaveLength(3);
  expect(standin.http.contradictions).toEqual([]);
});

test('buttons and reactions work on messages from before a restart', async () => {
  const before = await aDiscord();
  const { anna, message } = await aPicture(before);
  await before.close();
  const after = await aDiscord({ standin: before.standin, folder: before.folder });
  await after.standin.answerTo(anna.press(message, 'Reroll'), isFinal);
  anna.react(message, '🔁');
  await after.standin.world.until(() => after.standin.world.messages.filter(isFinal).length === 3);
  anna.react(message, '❌');
  await after.standin.world.until(() => message.deleted);
});

test('a button whose job is not known any more says so, privately', async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  const pressed = anna.pressId(message, 'v1:reroll:01JAAAAAAAAAAAAAAAAAAAAAAA');
  const answer = await bot.standin.answerTo(pressed);
  expect(isPrivate(answer)).toBe(true);
  expect(answer.content).toBe(new Fault('job.unknown', {}).message);
});

const aPng = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();

test.each(['a file', 'a link', "another bot's box", 'a forwarded message'])(
  'the picture of %s that somebody else posted is used as input image',
  async (kind) => {
    const { standin, renderer } = await aDiscord();
    const { world } = standin;
    const bytes = await aPng();
    const [anna, bruno] = [standin.person('Anna'), standin.person('Bruno')];
    const kept = { id: world.newId(), filename: 'b.png', description: null, bytes };
    world.uploads.push(kept);
    const url = `${world.filesUrl}/attachments/1/${kept.id}/b.png`;
    const elsewhere = { url: 'https://elsewhere.example/b.png', proxy_url: url };
    const gallery = { type: 12, items: [{ media: elsewhere }] };
    const message = {
      'a file': () =>
        bruno.post([
          { name: 'notes.txt', bytes },
          { name: 'b.png', bytes },
        ]),
      'a link': () => bruno.post([], { embeds: [{ thumbnail: elsewhere }] }),
      "another bot's box": () => bruno.post([], { components: [{ type: 17, components: [gallery] }] }),
      'a forwarded message': () =>
        bruno.post([], {
          message_snapshots: [{ message: { attachments: [{ url, content_type: 'image/png' }] } }],
        }),
    }[kind]!();
    const use = anna.useOn(message, 'Use as input image');
    await world.until(() => use.ack === 9);
    await standin.answerTo(anna.submit(use, { prompt: 'now blue' }), isFinal);
    expect(Buffer.from(renderer.begun.at(-1)!.init!.image)).toEqual(bytes);
    expect(standin.http.contradictions).toEqual([]);
  },
);

test('a message without a picture is refused as input image, in private', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  const message = anna.post([{ name: 'moving.gif', bytes: Buffer.from('GIF89a') }]);
  const use = anna.useOn(message, 'Use as input image');
  const answer = await standin.answerTo(use);
  expect(isPrivate(answer)).toBe(true);
  expect(answer.content).toContain('PNG, JPEG or WebP');
});

test('a picture of ours is used as input image, in a form that asks for words and strength', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const { anna, message } = await aPicture(bot);
  const use = anna.useOn(message, 'Use as input image');
  await standin.world.until(() => use.ack === 9);
  await standin.answerTo(anna.submit(use, { prompt: 'now blue', strength: '0.4' }), isFinal);
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'now blue', init: { strength: 0.4 } });
  expect(standin.http.contradictions).toEqual([]);
});
