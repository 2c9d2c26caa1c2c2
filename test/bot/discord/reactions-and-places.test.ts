/** Reactions that mean nothing, few direct messages, threads, servers that are not served, names instead of ids. */
import { expect, test } from 'vitest';
import { Fault } from '../../../config/faults.ts';
import { PERMISSIONS } from '../../standins/discord/shapes.ts';
import { channelJson } from '../../standins/discord/world.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import {
  aDiscord,
  aStandin,
  directMessages,
  isFinal,
  isPrivate,
  type TestDiscord,
  wordsOf,
} from './a-discord.ts';

async function aPicture({ standin }: TestDiscord, name = 'Anna') {
  const anna = standin.person(name);
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  return { anna, message };
}

const count = ({ standin }: TestDiscord) => standin.world.messages.filter(isFinal).length;

test("a server's own emoji called repeat or x means nothing", async () => {
  const bot = await aDiscord();
  const { anna, message } = await aPicture(bot);
  anna.react(message, 'repeat', '1234567890123456789');
  anna.react(message, 'x', '1234567890123456780');
  anna.react(message, '🎲');
  await bot.standin.world.until(() => count(bot) === 2);
  expect(message.deleted).toBe(false);
  expect(bot.renderer.begun).toHaveLength(2);
});

test('twelve quick dice bring one direct message at most', async () => {
  const bot = await aDiscord({ limits: { personRate: { burst: 3, every: 600_000 } } });
  const { anna, message } = await aPicture(bot);
  for (let i = 0; i < 12; i++) anna.react(message, '🎲');
  const refused = () => bot.observed.filter(({ type }) => type === 'refused').length;
  await bot.standin.world.until(() => refused() >= 8 && directMessages(bot.standin).length > 0);
  await bot.standin.world.until(() => count(bot) === 3);
  expect(directMessages(bot.standin)).toHaveLength(1);
});

test('a picture rolled again in a direct message is by who did it', async () => {
  const bot = await aDiscord();
  const { standin } = bot;
  const anna = standin.person('Anna');
  const channel = standin.world.addChannel({ botIsIn: true });
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }, { channel }), isFinal);
  anna.react(message, '🎲');
  await standin.world.until(() => count(bot) === 2);
  standin.person('Ben').react(message, '🎲');
  await standin.world.until(() => count(bot) === 3);
  const [, second, third] = standin.world.messages.filter(isFinal).map(wordsOf);
  expect(second).toContain('by Anna');
  expect(third).toContain('by Ben');
});

test('a thread that nobody has in memory is as its channel', async () => {
  const bot = await aDiscord();
  const { standin, journal } = bot;
  const { world } = standin;
  const guild = world.home.guild!;
  await journal.preferences.saveServer('discord', guild.id, { channels: [world.home.id] });
  const thread = world.addChannel({ guild, parent: world.home, name: 'thread' });
  const anna = standin.person('Anna');
  const message = await standin.answerTo(
    anna.slash('imagine', { prompt: 'a fox' }, { channel: thread }),
    isFinal,
  );
  anna.react(message, '🎲');
  await world.until(() => count(bot) === 2);
  Object.assign(thread, { archived: 'locked' });
  standin.gateway.dispatch('THREAD_UPDATE', channelJson(thread), guild.id);
  anna.react(message, '🎲');
  const told = await world.until(() => directMessages(standin)[0]);
  expect(told.content).toContain('Thread is locked');
  expect(bot.renderer.begun).toHaveLength(2);
});

test('a reaction where the bot may not post is refused before anything is rendered', async () => {
  const standin = await aStandin();
  const guild = standin.world.addGuild('Quiet', { everybody: PERMISSIONS.viewChannel });
  const channel = standin.world.addChannel({ guild });
  const bot = await aDiscord({ standin });
  const anna = standin.person('Anna');
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }, { channel }), isFinal);
  anna.react(message, '🎲');
  const told = await standin.world.until(() => directMessages(standin)[0]);
  expect(told.content).toBe(new Fault('place.shut', { reason: 'Missing Permissions' }).message);
  expect(bot.renderer.begun).toHaveLength(1);
});

test('where the bot may not read what was before, a reroll is no answer and comes all the same; in a thread it needs its own right', async () => {
  const standin = await aStandin();
  const { viewChannel, sendMessages, attachFiles } = PERMISSIONS;
  const { world } = standin;
  const guild = world.addGuild('Forgetful', { everybody: viewChannel | sendMessages | attachFiles });
  const channel = world.addChannel({ guild });
  const thread = world.addChannel({ guild, parent: channel });
  const bot = await aDiscord({ standin });
  const anna = standin.person('Anna');
  const asked = (where: typeof channel) => anna.slash('imagine', { prompt: 'a fox' }, { channel: where });
  anna.react(await standin.answerTo(asked(channel), isFinal), '🎲');
  const again = await world.until(() =>
    world.messages.find((one) => isFinal(one) && one.token === undefined),
  );
  expect(again.replyTo).toBeUndefined();
  anna.react(await standin.answerTo(asked(thread), isFinal), '🎲');
  const told = await world.until(() => directMessages(standin)[0]);
  expect(told.content).toBe(new Fault('place.shut', { reason: 'Missing Permissions' }).message);
  expect(bot.renderer.begun).toHaveLength(3);
});

test('DISCORD_GUILDS: elsewhere one sentence, also in direct messages with people who are in none of them', async () => {
  const standin = await aStandin();
  const other = standin.world.addChannel({ guild: standin.world.addGuild('Other') });
  const direct = standin.world.addChannel({ botIsIn: true });
  const bot = await aDiscord({ standin, guilds: [standin.world.home.guild!.id] });
  const anna = standin.person('Anna');
  const refused = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }, { channel: other }));
  expect(refused.content).toBe(new Fault('server.not_served', {}).message);
  expect(isPrivate(refused)).toBe(true);
  expect(await anna.type('imagine', 'style', 'an', { channel: other })).toEqual([]);
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }, { channel: direct }), isFinal);
  standin.http.intervene = ({ route }) =>
    /members/.test(route) ? { status: 404, body: { code: 10007, message: 'Unknown Member' } } : 'pass';
  const stranger = standin.person('Stranger');
  const told = await standin.answerTo(stranger.slash('imagine', { prompt: 'a fox' }, { channel: direct }));
  expect(told.content).toBe(new Fault('server.not_served', {}).message);
  expect(bot.renderer.begun).toHaveLength(2);
});

test('custom emoji, people, roles and channels reach the model by their names', async () => {
  const standin = await aStandin();
  const role = standin.world.addRole(standin.world.home.guild!, 'painters');
  const bot = await aDiscord({ standin });
  const { home, bot: us } = standin.world;
  const prompt = `<:foxy:123456789012345678> with <@${us.id}>, <@&${role.id}> in <#${home.id}> and <@99999999999999999>`;
  await standin.answerTo(standin.person('Anna').slash('imagine', { prompt }), isFinal);
  expect(bot.renderer.begun[0]!.prompt).toBe(':foxy: with @Darkroom, @painters in #pictures and @someone');
});

test('who is an administrator, and has no other right, is a moderator: by button and by reaction', async () => {
  const standin = await aStandin();
  const role = standin.world.addRole(standin.world.home.guild!, 'keepers', PERMISSIONS.administrator);
  const bot = await aDiscord({ standin });
  const { administrator } = PERMISSIONS;
  const { message } = await aPicture(bot);
  standin.person('Chief', { permissions: administrator }).press(message, 'Delete');
  await standin.world.until(() => message.deleted);
  const second = await aPicture(bot);
  standin.person('Keeper', { roles: [role.id] }).react(second.message, '❌');
  await standin.world.until(() => second.message.deleted);
});

test.each([
  [{ code: 30034, message: 'Max number of daily application command creates has been reached (200)' }, 400],
  [{ code: 50001, message: 'Missing Access' }, 403],
])(
  'commands that Discord does not take: health says why, and it is not asked again and again',
  async (body, status) => {
    const standin = await aStandin();
    standin.http.intervene = ({ method, route }) =>
      method === 'PUT' && route.endsWith('/commands') ? { status, body } : 'pass';
    const { discord } = await aDiscord({ standin, unconnected: true });
    await standin.world.until(() => discord.problem() !== 'Discord is not connected yet');
    expect(discord.problem()).toBe(`Discord does not take the commands: ${body.message} (${body.code})`);
    const tries = () => standin.http.requests.filter(({ method }) => method === 'PUT').length;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(tries()).toBe(1);
  },
);

test('a wrong token is told by the name of its setting, without a stack', async () => {
  const bot = await aDiscord({ token: 'MTAw.wrong.token', unconnected: true, folder: aFolder() });
  await bot.standin.world.until(() => bot.discord.problem()?.includes('DISCORD_TOKEN'));
  expect(
    bot.logged.filter(({ level }) => level === 'error').every(({ event }) => event.includes('DISCORD_TOKEN')),
  ).toBe(true);
  expect(bot.logged.some(({ fields }) => 'cause' in fields)).toBe(false);
});
