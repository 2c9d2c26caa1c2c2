/** The contract's chapter on chats, word for word, on Discord. */
import { readFileSync } from 'node:fs';
import { PermissionsBitField } from 'discord.js';
import { expect, test } from 'vitest';
import { INVITED_WITH, NEEDED } from '../../../bot/discord/permissions.ts';
import { Fault } from '../../../config/faults.ts';
import type { Interaction, JsonObject, Message } from '../../standins/discord/shapes.ts';
import { PERMISSIONS } from '../../standins/discord/shapes.ts';
import { FakeClock } from '../fake-clock.ts';
import { aDiscord, isFinal, isLoading, isPrivate, labelsOf, type TestDiscord, wordsOf } from './a-discord.ts';

const refusalOf = ({ standin: { world } }: TestDiscord, { token }: Interaction): Promise<Message> =>
  world.until(() => world.messages.find((one) => one.token === token && isPrivate(one) && !isLoading(one)));
const publicMessages = ({ standin }: TestDiscord) =>
  standin.world.messages.filter((one) => !isPrivate(one) && !one.deleted);

/** Lets time pass by itself, so that nobody waits for minutes. */
function passing(clock: FakeClock, ms: number): () => void {
  const timer = setInterval(() => void clock.advance(ms), 5);
  return () => clearInterval(timer);
}

test('docs/discord.md names the permissions of the invite link, each with its purpose, and no others', () => {
  const page = readFileSync(new URL('../../../docs/discord.md', import.meta.url), 'utf8');
  const [, listed = ''] =
    /## Permissions, and what each is for\n\n[^\n]*\n[^\n]*\n([\s\S]*?)\n\n/.exec(page) ?? [];
  const rows = Object.entries(NEEDED).map(([name, { why }]) => `| ${name} | ${why} |`);
  expect(listed.split('\n')).toEqual(rows);
  expect(new PermissionsBitField(INVITED_WITH).toArray()).toHaveLength(rows.length);
});

test('/imagine has the options of the contract, prompt first and required', async () => {
  const { standin } = await aDiscord();
  const imagine = standin.world.commands.find(({ name }) => name === 'imagine')!;
  const options = imagine.options as JsonObject[];
  const names = options.map(({ name }) => name);
  const contract = 'prompt style model seed negative aspect steps cfg count image strength'.split(' ');
  expect(names.slice(0, contract.length)).toEqual(contract);
  expect(names.slice(contract.length)).toEqual(
    'mask expand upscale upscale-strength lora control control-model control-strength control-edges'.split(
      ' ',
    ),
  );
  expect(names.length).toBeLessThanOrEqual(25);
  expect(options.filter(({ required }) => required === true).map(({ name }) => name)).toEqual(['prompt']);
  expect(options.find(({ name }) => name === 'seed')).toMatchObject({
    type: 4,
    min_value: 0,
    max_value: 2 ** 53 - 1,
  });
});

test.each([
  [{ prompt: 'x'.repeat(2001) }, 'prompt is "xxx'],
  [{ prompt: '   ' }, 'prompt is "   "'],
  [{ prompt: 'x', negative: 'y'.repeat(1001) }, 'negative is "yyy'],
  [{ prompt: 'x', seed: -1 }, 'seed is "-1"'],
  [{ prompt: 'x', seed: 2 ** 53 }, 'seed is "9007199254740992"'],
  [{ prompt: 'x', seed: 1.5 }, 'seed is "1.5"'],
  [{ prompt: 'x', steps: 0 }, 'steps is "0"'],
  [{ prompt: 'x', steps: 151 }, 'steps is "151"'],
  [{ prompt: 'x', cfg: -0.1 }, 'cfg is "-0.1"'],
  [{ prompt: 'x', cfg: 30.01 }, 'cfg is "30.01"'],
  [{ prompt: 'x', count: 5 }, 'count is "5"'],
  [{ prompt: 'x', strength: 0 }, 'strength is "0"'],
  [{ prompt: 'x', strength: 1.01 }, 'strength is "1.01"'],
  [{ prompt: 'x', aspect: '1:9' }, 'aspect is "1:9"'],
  [{ prompt: 'x', style: 'nothing such' }, 'style is "nothing such"'],
  [{ seed: 1 }, 'prompt is missing'],
])('%o is refused in private with one sentence, also where Discord let it through', async (given, words) => {
  const bot = await aDiscord();
  const refusal = await refusalOf(bot, bot.standin.person('Anna').slash('imagine', given as never));
  expect(refusal.content).toContain(words);
  expect(refusal.content.trim().split('\n')).toHaveLength(1);
  expect(publicMessages(bot)).toEqual([]);
  expect(bot.renderer.begun).toEqual([]);
});

test('a fourth waiting request of a person is refused in private; each place in the queue is said', async () => {
  const bot = await aDiscord({ stepTime: 1_000, limits: { waitingOfPerson: 3, waiting: 64 } });
  const { standin } = bot;
  const anna = standin.person('Anna');
  const steps = 100;
  const first = await aRunning(bot, anna.slash('imagine', { prompt: 'no. 0', steps }));
  const waiting = [1, 2, 3].map((n) => anna.slash('imagine', { prompt: `no. ${n}`, steps }));
  for (const one of waiting) await standin.answerTo(one, (message) => labelsOf(message).includes('Cancel'));
  const asked = anna.slash('imagine', { prompt: 'one more' });
  expect((await refusalOf(bot, asked)).content).toMatch(/^You already have 3 requests waiting; .*\.$/);
  expect(publicMessages(bot)).toHaveLength(4);
  // Each place is said at once, and the time as soon as a step was measured.
  const last = await standin.answerTo(waiting[2]!, (message) =>
    /No\. 3 in the queue · starts in about \d+/.test(wordsOf(message)),
  );
  anna.press(last, 'Cancel');
  await standin.answerTo(waiting[2]!, (message) => wordsOf(message).includes('Cancelled'));
  anna.press(first, 'Cancel');
  await standin.world.until(() => wordsOf(first).includes('Cancelled'));
  expect(labelsOf(first)).toEqual(['Try again', 'Remix', 'Delete']);
});

async function aRunning({ standin, renderer }: TestDiscord, asked: Interaction): Promise<Message> {
  await standin.world.until(() => renderer.begun.length > 0);
  return standin.answerTo(asked, (message) => labelsOf(message).includes('Cancel'));
}

test('a moderator who never did anything before deletes by reaction; others do not', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const { world } = standin;
  const moderators = world.addRole(
    world.home.guild!,
    'Moderators',
    PERMISSIONS.manageMessages | PERMISSIONS.viewChannel,
  );
  await bot.close();
  const again = await aDiscord({ standin });
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  const message = await standin.answerTo(asked, isFinal);
  const another = await standin.answerTo(
    standin.person('Carla').slash('imagine', { prompt: 'a cat' }),
    isFinal,
  );
  standin.person('Bruno').react(another, '❌');
  standin.person('Mona', { roles: [moderators.id] }).react(message, '❌');
  await world.until(() => message.deleted);
  expect(another.deleted).toBe(false);
  expect(again.renderer.begun).toHaveLength(2);
});

test('a message that somebody removes in mid-picture ends its request; nothing is posted in its place', async () => {
  const bot = await aDiscord({ stepTime: 400 });
  const { standin, jobs, renderer } = bot;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 60 });
  const message = await aRunning(bot, asked);
  const { id } = await standin.world.until(() => jobs.findByMessage('discord', message.id));
  message.deleted = true;
  await standin.world.until(() => jobs.find(id).state === 'cancelled');
  await standin.answerTo(standin.person('Bruno').slash('imagine', { prompt: 'next', steps: 1 }), isFinal);
  expect(renderer.begun).toHaveLength(2);
  expect(publicMessages(bot)).toHaveLength(1);
});

test('carried in by one person, a picture older than its token is still deleted by its button', async () => {
  const clock = new FakeClock();
  const stop = passing(clock, 20);
  const bot = await aDiscord({ clock, stepTime: 1 });
  const { standin, jobs, store } = bot;
  const { world } = standin;
  const channel = world.addChannel({ guild: world.addGuild('Elsewhere', { hasBot: false }) });
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a fox' }, { channel });
  const message = await standin.answerTo(asked, isFinal);
  const { pictures } = jobs.findByMessage('discord', message.id)!;
  await clock.advance(20 * 60_000);
  anna.press(message, 'Delete');
  await world.until(() => message.deleted);
  stop();
  await expect.poll(() => store.read(pictures[0]!.file)).toBeUndefined();
});

test('a picture is deleted everywhere: no button or reaction brings it back', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const anna = standin.person('Anna');
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', seed: 3 }), isFinal);
  const copy = structuredClone(message);
  anna.press(message, 'Delete');
  await standin.world.until(() => message.deleted);
  for (const label of ['Reroll', 'Vary', 'Finalize', 'Remix', 'Delete']) {
    expect((await refusalOf(bot, anna.press(copy, label))).content).toBe('This picture was deleted.');
  }
  const gallery = await standin.answerTo(anna.slash('gallery'));
  expect(wordsOf(gallery)).toContain('You have no pictures yet');
  anna.react(copy, '🎲');
  await standin.answerTo(anna.slash('about'));
  expect(bot.renderer.begun).toHaveLength(1);
});

test.each(['v1:reroll:zzz', 'v0:reroll', 'anything', 'v1:server:everything', `v1:vary:${'0'.repeat(26)}:99`])(
  'a button with the id %s is answered in private and does nothing',
  async (id) => {
    const bot = await aDiscord();
    const { standin } = bot;
    const anna = standin.person('Anna');
    const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
    const answer = await refusalOf(bot, anna.pressId(message, id));
    expect(answer.content).toBe(new Fault('job.unknown', {}).message);
    expect(publicMessages(bot)).toEqual([message]);
  },
);

test('draft and final: ✨ and Finalize are for drafts only, and nothing happens elsewhere', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const anna = standin.person('Anna');
  const draft = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox', seed: 9 }), isFinal);
  anna.react(draft, '✨');
  const final = await standin.world.until(() =>
    standin.world.messages.find((one) => one !== draft && isFinal(one)),
  );
  expect(renderer.begun.at(-1)).toMatchObject({ prompt: 'a fox', seed: 9, model: { name: 'nano' } });
  expect(labelsOf(final)).toEqual([
    'Reroll',
    'Vary',
    'Vary (subtle)',
    'Vary (strong)',
    'Upscale',
    'Zoom out',
    'Remix',
    'Delete',
  ]);
  expect(wordsOf(final)).toContain('seed 9');
  anna.react(final, '✨');
  anna.react(final, '🔁');
  await standin.world.until(() => standin.world.messages.filter(isFinal).length === 3);
  expect(renderer.begun).toHaveLength(3);
});

test('an event that leaves out what need not be said is answered, and its message reached through the channel', async () => {
  const { standin } = await aDiscord();
  const anna = standin.person('Anna');
  const without =
    'channel authorizing_integration_owners app_permissions attachment_size_limit locale context'
      .concat(' guild_locale entitlements')
      .split(' ');
  // The ticket is refused at once: only the channel is left.
  standin.http.intervene = ({ method, route }) =>
    method === 'PATCH' && route.startsWith('/webhooks/')
      ? { status: 401, body: { message: 'Invalid Webhook Token', code: 50027 } }
      : 'pass';
  anna.slash('imagine', { prompt: 'a fox' }, { without });
  const message = await standin.world.until(() => standin.world.messages.find(isFinal));
  expect(message.channel).toBe(standin.world.home);
});
