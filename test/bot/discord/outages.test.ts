import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { TOKEN } from '../../standins/discord/discord-standin.ts';
import type { Message } from '../../standins/discord/shapes.ts';
import { aDiscord, aStandin, isFinal, labelsOf } from './a-discord.ts';

const moving = (message: Message) => labelsOf(message).includes('Cancel');

test('REST answers nobody for a while: the picture comes afterwards, once, in the same message', async () => {
  const { standin, observed } = await aDiscord({ stepTime: 50 });
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 8 });
  const message = await standin.answerTo(asked, moving);
  standin.http.intervene = () => 'lose_request';
  await standin.world.until(() => observed.some(({ type }) => type === 'delivery_problem'));
  standin.http.intervene = () => 'pass';
  await standin.world.until(() => isFinal(message));
  expect(standin.world.messages).toHaveLength(1);
  expect(
    message.revisions.filter(({ attachments }) => attachments[0]?.filename.endsWith('.png')),
  ).toHaveLength(1);
});

test('REST fails with 500 and hangs up after working: still one final', async () => {
  const { standin, jobs } = await aDiscord({ stepTime: 20 });
  let mishaps = 0;
  standin.http.intervene = ({ method }) => {
    if (method !== 'PATCH' || mishaps >= 4) return 'pass';
    return mishaps++ % 2 === 0 ? { status: 502 } : 'lose_answer';
  };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 8 });
  const message = await standin.answerTo(asked, isFinal);
  await standin.world.until(() => jobs.findByMessage('discord', message.id)?.delivery === 'posted');
  expect(standin.world.messages).toHaveLength(1);
});

test('the answer to a preview is lost: what follows does not refer to a file that is not there any more', async () => {
  const { standin, renderer } = await aDiscord({ stepTime: 300 });
  const { world, http } = standin;
  let previews = 0;
  http.intervene = ({ files }) => {
    if (files[0]?.name !== 'preview.webp') return 'pass';
    if (++previews !== 2) return 'pass';
    renderer.preview = 'none';
    return 'lose_answer';
  };
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox', steps: 20 });
  await world.until(() => previews === 2);
  const edits = () => http.requests.filter(({ method }) => method === 'PATCH').length;
  const before = edits();
  await world.until(() => edits() >= before + 2);
  await standin.answerTo(asked, isFinal);
  expect(http.requests.filter(({ status }) => status === 400)).toEqual([]);
});

test('neither REST nor gateway for a while: what was accepted is delivered, once, and new commands are taken', async () => {
  const { standin, discord, jobs } = await aDiscord({ stepTime: 50 });
  const { world } = standin;
  const anna = standin.person('Anna');
  const asked = anna.slash('imagine', { prompt: 'a fox', steps: 8 });
  const message = await standin.answerTo(asked, moving);
  await standin.goDown();
  await world.until(() => discord.problem() === 'the connection to Discord is interrupted');
  await world.until(() => jobs.deviceStatus().every(({ state }) => state === 'idle'));
  await standin.comeBack();
  await world.until(() => isFinal(message));
  await world.until(() => discord.problem() === undefined);
  expect(world.messages.filter(isFinal)).toHaveLength(1);
  await standin.answerTo(anna.press(message, 'Reroll'), isFinal);
});

test.each([
  ['a cable that is pulled', 1006],
  ['an unknown error (4000)', 4000],
])('after %s the session is resumed and what happened meanwhile is not lost', async (_, code) => {
  const { standin } = await aDiscord();
  const { world, gateway } = standin;
  const anna = standin.person('Anna');
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  gateway.cut(code);
  await world.until(() => gateway.sessions.every(({ socket }) => socket === undefined));
  anna.react(message, '🎲');
  await world.until(() => world.messages.filter(isFinal).length === 2);
  expect(gateway.resumes).toBe(1);
  expect(gateway.sessions).toHaveLength(1);
});

test('asked to connect again (op 7), it resumes; told that its session is over (op 9), it begins a new one', async () => {
  const { standin, discord } = await aDiscord();
  const { world, gateway } = standin;
  gateway.ask(7);
  await world.until(() => gateway.resumes === 1 && discord.problem() === undefined);
  gateway.ask(9);
  await world.until(() => gateway.sessions.length === 2);
  await world.until(() => discord.problem() === undefined);
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  await standin.answerTo(asked, isFinal);
});

test('a session that is over the moment it was resumed (op 9 after RESUMED) does not end the service', async () => {
  const { standin } = await aDiscord();
  const { world, gateway } = standin;
  const unhandled: unknown[] = [];
  const note = (cause: unknown) => unhandled.push(cause);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  gateway.endsResumed = true;
  gateway.ask(7);
  await world.until(() => gateway.sessions.length === 2);
  await standin.answerTo(standin.person('Anna').slash('imagine', { prompt: 'a fox' }), isFinal);
  expect(unhandled).toEqual([]);
});

test('Discord is away at the start: it is joined as soon as it is there', async () => {
  const standin = await aStandin();
  await standin.goDown();
  const { discord } = await aDiscord({ standin, unconnected: true });
  expect(discord.problem()).toBe('Discord is not connected yet');
  await standin.comeBack();
  await standin.world.until(() => discord.problem() === undefined);
});

test('servers that are out of order are not waited for: commands of the others are answered', async () => {
  const standin = await aStandin();
  standin.gateway.withholdsServers = true;
  const { discord } = await aDiscord({ standin });
  const asked = standin.person('Anna').slash('imagine', { prompt: 'a fox' });
  await standin.answerTo(asked, isFinal);
  expect(discord.problem()).toBeUndefined();
});

test('a refused token is told to health; with the right one again, everything goes on', async () => {
  const { standin, discord } = await aDiscord({ stepTime: 20 });
  const { world } = standin;
  const anna = standin.person('Anna');
  const message = await standin.answerTo(anna.slash('imagine', { prompt: 'a fox' }), isFinal);
  standin.http.token = 'another';
  anna.react(message, '🎲');
  await world.until(() => discord.problem() === 'Discord refuses the bot token: look at DISCORD_TOKEN');
  standin.http.token = TOKEN;
  await world.until(() => world.messages.filter(isFinal).length === 2);
  expect(discord.problem()).toBeUndefined();
  const refused = standin.http.requests.filter(({ status }) => status === 401);
  expect(refused.length).toBeLessThan(5);
});

test('a connection that Discord ends for good (4004: the token was reset) is told to health as what it is', async () => {
  const { standin, discord } = await aDiscord();
  standin.gateway.cut(4004);
  const sentence = 'Discord has ended the connection for good; a restart is needed';
  await standin.world.until(() => discord.problem() === sentence);
});

test('two connections share the servers; commands of both are answered', async () => {
  const standin = await aStandin();
  standin.gateway.shards = 2;
  // The last bit above a snowflake's first 22 decides which connection a server belongs to.
  const other = (BigInt(standin.world.home.guild!.id) ^ (1n << 22n)).toString();
  const channel = standin.world.addChannel({ guild: standin.world.addGuild('Other', { id: other }) });
  const { discord } = await aDiscord({ standin });
  const { world, gateway } = standin;
  expect(gateway.sessions.map(({ shard }) => shard)).toEqual([
    [0, 2],
    [1, 2],
  ]);
  const anna = standin.person('Anna');
  await standin.answerTo(anna.slash('imagine', { prompt: 'here' }), isFinal);
  const there = anna.slash('imagine', { prompt: 'there' }, { channel });
  const message = await standin.answerTo(there, isFinal);
  expect(message.channel).toBe(channel);
  anna.react(message, '🎲');
  await world.until(() => world.messages.filter(isFinal).length === 3);
  // One of them breaks: the other goes on, and what happened on the broken one is replayed.
  gateway.sessions[1]!.socket!.terminate();
  await world.until(() => gateway.sessions[1]!.socket === undefined);
  anna.react(message, '🔁');
  await standin.answerTo(anna.slash('imagine', { prompt: 'here' }), isFinal);
  await world.until(() => world.messages.filter(isFinal).length === 5);
  await world.until(() => discord.problem() === undefined);
  expect(gateway.sessions).toHaveLength(2);
});

test('a picture larger than the server takes is made to fit, and says so', async () => {
  const bot = await aDiscord();
  const { standin, renderer } = bot;
  const noise = crypto.getRandomValues(new Uint8Array(64 * 64 * 3));
  const large = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  renderer.picture = () => large;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'noise' }, { attachmentLimit: 6_000 });
  const message = await standin.answerTo(asked, (one) => labelsOf(one).includes('Reroll'));
  expect(large.length).toBeGreaterThan(6_000);
  expect(message.attachments[0]!.bytes.length).toBeLessThanOrEqual(6_000);
  expect(message.attachments[0]!.filename).toMatch(/\.webp$/);
});

test('a server that takes less than it said when the command came gets a smaller picture', async () => {
  const { standin, renderer } = await aDiscord();
  const noise = crypto.getRandomValues(new Uint8Array(64 * 64 * 3));
  const large = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  renderer.picture = () => large;
  standin.world.fileLimit = 4_000;
  const asked = standin.person('Anna').slash('imagine', { prompt: 'noise' }, { attachmentLimit: 14_000 });
  const message = await standin.answerTo(asked, (one) => labelsOf(one).includes('Reroll'));
  expect(large.length).toBeGreaterThan(4_000);
  expect(message.attachments[0]!.bytes.length).toBeLessThanOrEqual(4_000);
  expect(standin.world.messages).toHaveLength(1);
});
