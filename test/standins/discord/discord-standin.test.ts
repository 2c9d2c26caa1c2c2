/** The stand-in must refuse what Discord refuses; otherwise nothing that passes against it means anything. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { ApplicationCommandType, MessageFlags, REST, Routes } from 'discord.js';
import { beforeEach, expect, test } from 'vitest';
import { aStandin } from '../../bot/discord/a-discord.ts';
import { FakeClock } from '../../bot/fake-clock.ts';
import type { DiscordStandin } from './discord-standin.ts';
import { type Interaction, PERMISSIONS } from './shapes.ts';

let clock: FakeClock;
let standin: DiscordStandin;
let rest: REST;
let asked: Interaction;

beforeEach(async () => {
  clock = new FakeClock();
  standin = await aStandin(clock);
  rest = new REST({ api: standin.apiUrl, retries: 0 }).setToken(standin.token);
  const imagine = { name: 'imagine', description: 'Make a picture', type: ApplicationCommandType.ChatInput };
  await rest.put(Routes.applicationCommands(standin.world.applicationId), { body: [imagine] });
  asked = standin.person('Anna').slash('imagine');
});

const text = (content: string) => ({ type: 10, content });
const v2 = (...components: unknown[]) => ({ flags: MessageFlags.IsComponentsV2, components });
const defer = () =>
  rest.post(Routes.interactionCallback(asked.id, asked.token), { body: { type: 5 }, auth: false });
const edit = (body: object, files = [] as { name: string; data: Buffer }[]) => {
  const route = Routes.webhookMessage(standin.world.applicationId, asked.token, '@original');
  return rest.patch(route, { body, files, auth: false });
};

test('an answer after three seconds is too late', async () => {
  await clock.advance(3_001);
  await expect(defer()).rejects.toMatchObject({ code: 10062, status: 404 });
});

test('a second answer is refused', async () => {
  await defer();
  await expect(defer()).rejects.toMatchObject({ code: 40060, status: 400 });
});

test('nothing can be edited before the answer', async () => {
  await expect(edit(v2(text('x')))).rejects.toMatchObject({ code: 10015, status: 404 });
});

test('the token ends after fifteen minutes; the message stays reachable through its channel', async () => {
  await defer();
  await edit(v2(text('x')));
  await clock.advance(15 * 60_000 + 1);
  await expect(edit(v2(text('y')))).rejects.toMatchObject({ code: 50027, status: 401 });
  const [message] = standin.world.messages;
  await rest.patch(Routes.channelMessage(message!.channel.id, message!.id), { body: v2(text('y')) });
  expect(message!.components).toEqual([text('y')]);
});

test('an ephemeral answer is reachable by its token only', async () => {
  const route = Routes.interactionCallback(asked.id, asked.token);
  await rest.post(route, { body: { type: 5, data: { flags: MessageFlags.Ephemeral } }, auth: false });
  const [message] = standin.world.messages;
  const channelRoute = Routes.channelMessage(message!.channel.id, message!.id);
  await expect(rest.patch(channelRoute, { body: v2(text('y')) })).rejects.toMatchObject({ code: 10008 });
});

test('components of version two exclude content, and their flag stays', async () => {
  await defer();
  await expect(edit({ ...v2(text('x')), content: 'x' })).rejects.toMatchObject({ code: 50035 });
  await expect(edit({ components: [text('x')] })).rejects.toMatchObject({ code: 50035 });
  await edit(v2(text('x')));
  await expect(edit({ flags: 0, components: [text('x')] })).rejects.toMatchObject({ code: 50035 });
});

test('a gallery shows only files of the message; the list of attachments says which stay', async () => {
  await defer();
  const gallery = { type: 12, items: [{ media: { url: 'attachment://a.png' } }] };
  await expect(edit(v2(gallery))).rejects.toMatchObject({ code: 50035 });
  const file = { name: 'a.png', data: Buffer.from('a') };
  await edit({ ...v2(gallery), attachments: [{ id: '0', filename: 'a.png' }] }, [file]);
  const [message] = standin.world.messages;
  expect(message!.attachments.map(({ filename }) => filename)).toEqual(['a.png']);
  await edit({ ...v2(gallery), attachments: [{ id: message!.attachments[0]!.id }] });
  expect(message!.attachments).toHaveLength(1);
  await edit({ ...v2(text('x')), attachments: [] });
  expect(message!.attachments).toHaveLength(0);
});

test('a sixth edit within the time is told to wait, with headers and body', async () => {
  await defer();
  const call = () =>
    fetch(
      `${standin.apiUrl}/v10/webhooks/${standin.world.applicationId}/${asked.token}/messages/%40original`,
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(v2(text('x'))),
      },
    );
  for (let i = 0; i < 5; i++) expect((await call()).status).toBe(200);
  const refused = await call();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(await refused.json()).toMatchObject({ retry_after: 5, global: false });
  await clock.advance(5_000);
  expect((await call()).status).toBe(200);
});

test('the same nonce makes one message', async () => {
  const route = Routes.channelMessages(standin.world.home.id);
  const body = { ...v2(text('x')), nonce: 'abc', enforce_nonce: true };
  const first = (await rest.post(route, { body })) as { id: string };
  const second = (await rest.post(route, { body })) as { id: string };
  expect(second.id).toBe(first.id);
  expect(standin.world.messages).toHaveLength(1);
});

test("what contradicts Discord's published description is refused and noticed", async () => {
  await defer();
  const button = { type: 2, style: 2, label: 'x', custom_id: 'x'.repeat(101) };
  await expect(edit(v2({ type: 1, components: [button] }))).rejects.toMatchObject({ code: 50035 });
  expect(standin.http.contradictions).toHaveLength(1);
  expect(standin.http.contradictions[0]).toContain('PATCH /webhooks/:id/:token/messages/@original');
});

test('an edit makes nothing ephemeral, and appends only the files that it lists', async () => {
  await defer();
  const ephemeral = { ...v2(text('x')), flags: MessageFlags.IsComponentsV2 | MessageFlags.Ephemeral };
  await expect(edit(ephemeral)).rejects.toMatchObject({ code: 50035 });
  const gallery = v2({ type: 12, items: [{ media: { url: 'attachment://a.png' } }] });
  const files = [{ name: 'a.png', data: Buffer.from('a') }];
  await expect(edit(gallery, files)).rejects.toMatchObject({ code: 50035 });
  // What a gallery shows stands there, and not among the attachments.
  const shown = await edit({ ...gallery, attachments: [{ id: '0', filename: 'a.png' }] }, files);
  const [file] = standin.world.messages[0]!.attachments;
  expect(shown).toMatchObject({
    attachments: [],
    components: [{ items: [{ media: { attachment_id: file!.id } }] }],
  });
});

test('an answer in a channel takes the right to read what was before; a thread takes its own right to write', async () => {
  const { viewChannel, sendMessages } = PERMISSIONS;
  const guild = standin.world.addGuild('Strict', { everybody: viewChannel | sendMessages });
  const channel = standin.world.addChannel({ guild });
  const thread = standin.world.addChannel({ guild, parent: channel });
  const post = (to: string, more = {}) =>
    rest.post(Routes.channelMessages(to), { body: { ...v2(text('x')), ...more } });
  const answer = { message_reference: { message_id: '1' } };
  await expect(post(channel.id, answer)).rejects.toMatchObject({ code: 160002 });
  await post(channel.id);
  await expect(post(thread.id)).rejects.toMatchObject({ code: 50013 });
});

test.each([
  ['a capital', { name: 'Imagine' }],
  ['a capital in one language', { name: 'imagine', name_localizations: { de: 'Bild' } }],
  ['a long description in one language', { name: 'x', description_localizations: { de: 'x'.repeat(101) } }],
  [
    'an optional one before a required one',
    { name: 'x', options: [anOption('a'), anOption('b', { required: true })] },
  ],
  ['the same option twice', { name: 'x', options: [anOption('a'), anOption('a')] }],
  ['more than 8,000 characters', { name: 'x', options: 'abcd'.split('').map((name) => aLongOption(name)) }],
])('commands with %s are refused', async (_, command) => {
  const body = [{ type: ApplicationCommandType.ChatInput, description: 'x', ...command }];
  const sent = rest.put(Routes.applicationCommands(standin.world.applicationId), { body });
  await expect(sent).rejects.toMatchObject({ code: 50035 });
});

function anOption(name: string, more: object = {}) {
  return { type: 3, name, description: 'x', ...more };
}

function aLongOption(name: string) {
  const choices = Array.from({ length: 25 }, (_, i) => ({
    name: String(i).repeat(50),
    value: `${i}`.padEnd(50),
  }));
  return anOption(name, { choices });
}

test('a wrong token is refused', async () => {
  const stranger = new REST({ api: standin.apiUrl, retries: 0 }).setToken('wrong');
  await expect(stranger.get(Routes.user('@me'))).rejects.toMatchObject({ status: 401 });
});

test('a program that is killed in the middle of a request does not end the stand-in', async () => {
  const { hostname, port } = new URL(standin.apiUrl);
  const socket = connect(Number(port), hostname);
  const head = `POST ${Routes.gateway()} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n`;
  await new Promise<void>((resolve) => socket.write(`${head}{"half":`, () => resolve()));
  socket.resetAndDestroy();
  await once(socket, 'close');
  await defer();
});
