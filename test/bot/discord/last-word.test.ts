/** Whatever Discord refuses, whoever asked is told: by the next way that is open. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../bot/time/clock.ts';
import { openDiscordStandin } from '../../standins/discord/discord-standin.ts';
import type { Recorded } from '../../standins/discord/http-server.ts';
import {
  aDiscord,
  directMessages,
  isFinal,
  isPrivate,
  labelsOf,
  type TestDiscord,
  wordsOf,
} from './a-discord.ts';

const NOT_PERMITTED = { status: 403, body: { code: 50013, message: 'Missing Permissions' } };
const NO_ACCESS = { status: 403, body: { code: 50001, message: 'Missing Access' } };
const TOO_LARGE = { status: 413, body: { code: 40005, message: 'Request entity too large' } };

const lastJob = ({ jobs }: TestDiscord) => jobs.history.recent('discord', 1)[0]!;
const moving = (message: Parameters<typeof labelsOf>[0]) => labelsOf(message).includes('Cancel');
const isPng = ({ files }: Recorded) =>
  files.some(({ name }) => /\.(png|webp)$/.test(name) && name !== 'preview.webp');
const isWritten = ({ method, route }: Recorded) => method !== 'GET' && /messages|^\/webhooks/.test(route);

/** Writing outside of direct messages. */
function isPublic({ standin }: TestDiscord, recorded: Recorded): boolean {
  const [, id] = recorded.path.split('/');
  const channel = standin.world.channels.find((one) => one.id === id);
  return isWritten(recorded) && (recorded.path.startsWith('webhooks') || channel?.guild !== undefined);
}

test('pictures are not allowed in the channel: they come in a direct message, and the message there says so', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  standin.http.intervene = (one) => (isPublic(bot, one) && one.files.length > 0 ? NOT_PERMITTED : 'pass');
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  const direct = await standin.world.until(() => directMessages(standin).find(isFinal));
  const there = await standin.answerTo(asked, (one) => wordsOf(one).includes('direct message'));
  expect(there.attachments).toEqual([]);
  expect(labelsOf(there)).not.toContain('Cancel');
  await standin.world.until(() => bot.jobs.findByMessage('discord', direct.id)?.delivery === 'posted');
  expect(lastJob(bot).state).toBe('delivered');
});

test.each([
  ['uploads are refused', NOT_PERMITTED],
  ['every file is too large', TOO_LARGE],
])(
  '%s everywhere: it is undelivered, said in words, and Try again brings it without rendering',
  async (_, refusal) => {
    const bot = await aDiscord();
    const { standin } = bot;
    standin.http.intervene = (one) => (isPng(one) ? refusal : 'pass');
    const anna = standin.person('Anna');
    const asked = anna.slash('imagine', { prompt: 'a fox' });
    const message = await standin.answerTo(asked, (one) => labelsOf(one).includes('Try again'));
    expect(wordsOf(message)).toContain('it could not be posted');
    expect(lastJob(bot)).toMatchObject({ state: 'undelivered', delivery: 'refused' });
    expect(bot.observed.filter(({ type }) => type === 'undelivered')).toHaveLength(1);
    standin.http.intervene = () => 'pass';
    anna.press(message, 'Try again');
    await standin.world.until(() => isFinal(message));
    await standin.world.until(() => lastJob(bot).state === 'delivered');
    expect(bot.renderer.begun).toHaveLength(1);
    expect(standin.http.contradictions).toEqual([]);
  },
  40_000,
);

test('a thread that was archived meanwhile: the picture comes in a new message, which opens it again', async () => {
  const bot = await aDiscord({ stepTime: 300 });
  const { standin } = bot;
  const { world } = standin;
  const thread = world.addChannel({ guild: world.home.guild!, parent: world.home, name: 'thread' });
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 6 }, { channel: thread });
  const message = await standin.answerTo(asked, moving);
  standin.http.intervene = ({ method, route }) => {
    const isEdit = method === 'PATCH' && /messages/.test(route);
    return isEdit ? { status: 400, body: { code: 50083, message: 'Thread is archived' } } : 'pass';
  };
  const final = await world.until(() => world.messages.find((one) => one !== message && isFinal(one)));
  expect(final.channel).toBe(thread);
  expect(lastJob(bot).state).not.toBe('failed');
});

test('kicked in mid-picture: nothing is rendered to the end for nobody, and the asker is told', async () => {
  const bot = await aDiscord({ stepTime: 200 });
  const { standin } = bot;
  const { world, gateway } = standin;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 100 });
  await standin.answerTo(asked, moving);
  standin.http.intervene = (one) => (isPublic(bot, one) ? NO_ACCESS : 'pass');
  const guild = world.home.guild!.id;
  gateway.dispatch('GUILD_DELETE', { id: guild }, guild);
  const told = await world.until(() => directMessages(standin)[0]);
  expect(wordsOf(told)).toContain('I can no longer post where you made it');
  expect(lastJob(bot).state).toBe('failed');
  await world.until(() => bot.jobs.deviceStatus().every(({ state }) => state === 'idle'));
});

test('where even progress is refused for lack of access, it ends at once, and the asker is told', async () => {
  const bot = await aDiscord({ stepTime: 200 });
  const { standin } = bot;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 100 });
  await standin.answerTo(asked, moving);
  standin.http.intervene = (one) => (isPublic(bot, one) ? NO_ACCESS : 'pass');
  const told = await standin.world.until(() => directMessages(standin)[0]);
  expect(wordsOf(told)).toContain('Missing Access');
  expect(lastJob(bot)).toMatchObject({ state: 'failed', fault: { code: 'place.closed' } });
  expect(directMessages(standin)).toHaveLength(1);
});

test('an old message may be changed only now and then (30046): the last word waits and comes in it', async () => {
  // The minute that has to be waited for passes quickly.
  const after = (ms: number, then: () => void) => systemClock.after(ms === 60_000 ? 200 : ms, then);
  const bot = await aDiscord({ clock: { ...systemClock, after } });
  const { standin } = bot;
  let refusals = 0;
  standin.http.intervene = (one) => {
    if (one.method !== 'PATCH' || !isPng(one) || refusals++ > 0) return 'pass';
    return { status: 400, body: { code: 30046, message: 'Maximum number of edits reached' } };
  };
  const problems = () => bot.observed.filter(({ type }) => type === 'delivery_problem');
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  await standin.world.until(() => refusals > 0);
  await standin.answerTo(asked, isFinal);
  expect(standin.world.messages).toHaveLength(1);
  expect(problems().every((one) => 'problem' in one && one.problem !== 'refused')).toBe(true);
});

test('events of a cut connection, replayed after three seconds, are not rendered; the asker is told in one line', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const { world, gateway } = standin;
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  gateway.cut();
  await world.until(() => gateway.sessions.every(({ socket }) => socket === undefined));
  const late = anna.slash('imagine', { prompt: 'a late boat' });
  Object.assign(late, { createdAt: late.createdAt - 4_000 });
  const told = await world.until(() => directMessages(standin)[0]);
  expect(told.content).toContain('please try again');
  expect(bot.renderer.begun).toHaveLength(1);
  expect(bot.jobs.history.recent('discord', 9)).toHaveLength(1);
  const again = await standin.answerTo(anna.slash('imagine', { prompt: 'a boat' }), isFinal);
  expect(isPrivate(again)).toBe(false);
});

test('our clock is sixteen minutes ahead, or behind: everything is answered as ever, also where only the token reaches', async () => {
  for (const off of [16 * 60_000, -16 * 60_000]) {
    const standin = await openDiscordStandin();
    const clock = { ...systemClock, now: () => Date.now() + off };
    const bot = await aDiscord({ standin, clock });
    const elsewhere = standin.world.addGuild('Elsewhere', { hasBot: false });
    const channel = standin.world.addChannel({ guild: elsewhere });
    const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' }, { channel });
    await standin.answerTo(asked, isFinal);
    expect(bot.renderer.begun).toHaveLength(1);
    await bot.close();
    await standin.close();
  }
});
