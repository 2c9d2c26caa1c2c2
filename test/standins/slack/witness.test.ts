/**
 * The same calls by Slack's own client to this stand-in and to a second server that others wrote (the package
 * `emulate`): both must accept and refuse the same, and whatever the other answers must be in our answer too.
 */
import { createServer } from 'node:net';
import type { webApi } from '@slack/bolt';
import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aClient, aPng } from './a-slack.ts';
import { openSlackStandin, type SlackStandin } from './index.ts';
import type { Json, JsonObject } from './shapes.ts';

type Client = webApi.WebClient;

/** One server with a workspace in which there are a channel, a person and what the calls before have made. */
interface Side {
  readonly client: Client;
  readonly channel: string;
  readonly user: string;
  ts: string;
  fileId: string;
}

const text = (words: string) => ({ type: 'plain_text' as const, text: words });
const blocks = [{ type: 'section' as const, text: text('a fox') }];
const view = { type: 'modal' as const, callback_id: 'remix', title: text('Remix'), blocks };

/** In this order, since some need what others have made. */
const CALLS: Readonly<Record<string, (side: Side) => Promise<unknown>>> = {
  'auth.test': ({ client }) => client.auth.test(),
  'chat.postMessage': async (side) => {
    const answer = await side.client.chat.postMessage({ channel: side.channel, text: 'a red fox' });
    side.ts = answer.ts!;
    return answer;
  },
  'chat.postMessage with blocks in a thread': ({ client, channel, ts }) =>
    client.chat.postMessage({ channel, text: 'x', blocks, thread_ts: ts }),
  'chat.postMessage to a person': ({ client, user }) => client.chat.postMessage({ channel: user, text: 'x' }),
  'chat.postMessage to nowhere': ({ client }) => client.chat.postMessage({ channel: 'C0', text: 'x' }),
  'chat.postMessage without words': ({ client, channel }) => client.apiCall('chat.postMessage', { channel }),
  'chat.postEphemeral': ({ client, channel, user }) =>
    client.chat.postEphemeral({ channel, user, text: 'x' }),
  'chat.update': ({ client, channel, ts }) => client.chat.update({ channel, ts, text: 'a blue fox' }),
  'chat.update with blocks': ({ client, channel, ts }) =>
    client.chat.update({ channel, ts, text: 'x', blocks }),
  'chat.update of nothing': ({ client, channel }) => client.chat.update({ channel, ts: '1.0', text: 'x' }),
  'chat.getPermalink': ({ client, channel, ts }) => client.chat.getPermalink({ channel, message_ts: ts }),
  'chat.getPermalink of nothing': ({ client, channel }) =>
    client.chat.getPermalink({ channel, message_ts: '1.0' }),
  'reactions.add': ({ client, channel, ts }) =>
    client.reactions.add({ channel, timestamp: ts, name: 'game_die' }),
  'reactions.add again': ({ client, channel, ts }) =>
    client.reactions.add({ channel, timestamp: ts, name: 'game_die' }),
  'reactions.get': ({ client, channel, ts }) => client.reactions.get({ channel, timestamp: ts }),
  'reactions.remove': ({ client, channel, ts }) =>
    client.reactions.remove({ channel, timestamp: ts, name: 'game_die' }),
  'reactions.remove again': ({ client, channel, ts }) =>
    client.reactions.remove({ channel, timestamp: ts, name: 'game_die' }),
  'conversations.info': ({ client, channel }) => client.conversations.info({ channel }),
  'conversations.info of nothing': ({ client }) => client.conversations.info({ channel: 'C0' }),
  'conversations.open': ({ client, user }) => client.conversations.open({ users: user }),
  'conversations.history': ({ client, channel }) => client.conversations.history({ channel }),
  'conversations.replies': ({ client, channel, ts }) => client.conversations.replies({ channel, ts }),
  'users.info': ({ client, user }) => client.users.info({ user }),
  'users.info of nobody': ({ client }) => client.users.info({ user: 'U0' }),
  'files.uploadV2': async (side) => {
    const file = await aPng();
    const answer = await side.client.files.uploadV2({ file, filename: 'fox.png', title: 'a fox' });
    const { files } = answer as unknown as { files: webApi.FilesCompleteUploadExternalResponse[] };
    side.fileId = files[0]!.files![0]!.id!;
    return answer;
  },
  'files.completeUploadExternal of nothing': ({ client }) =>
    client.files.completeUploadExternal({ files: [{ id: 'F0' }] }),
  'files.info': ({ client, fileId }) => client.files.info({ file: fileId }),
  'files.info of nothing': ({ client }) => client.files.info({ file: 'F0' }),
  'files.delete': ({ client, fileId }) => client.files.delete({ file: fileId }),
  'views.open without a trigger': ({ client }) => client.apiCall('views.open', { trigger_id: 'x', view }),
  'views.publish': ({ client, user }) =>
    client.views.publish({ user_id: user, view: { type: 'home', blocks } }),
  'chat.delete': ({ client, channel, ts }) => client.chat.delete({ channel, ts }),
  'chat.delete again': ({ client, channel, ts }) => client.chat.delete({ channel, ts }),
  'oauth.v2.access with a wrong code': ({ client }) =>
    client.oauth.v2.access({ client_id: 'id', client_secret: 'secret', code: 'x' }),
};

/** What the witness answers and Slack does not: an address needs the scope `users:read.email`. */
const ONLY_THEIRS = ['.user.profile.email'];

let slack: SlackStandin;
let emulator: Emulator;
const ours: Record<string, Json> = {};
const theirs: Record<string, Json> = {};

beforeAll(async () => {
  slack = await openSlackStandin();
  slack.world.processingTime = () => 0;
  slack.http.limits.allowance = () => ({ burst: 100, every: 1 });
  Object.assign(slack.world.app.oauth, { clientId: 'id', clientSecret: 'secret' });
  const app = { client_id: 'id', client_secret: 'secret', name: 'Darkroom', redirect_uris: [] };
  const seed = { slack: { users: [{ name: 'anna' }], oauth_apps: [app] } };
  emulator = await createEmulator({ service: 'slack', port: await freePort(), seed });
  const client = aClient(`${emulator.url}/api/`, 'test_token_admin');
  const [channels, users] = [await client.conversations.list(), await client.users.list({})];
  const second = {
    client,
    channel: channels.channels!.find(({ name }) => name === 'general')!.id!,
    user: users.members!.find(({ name }) => name === 'anna')!.id!,
  };
  const first = {
    client: aClient(slack.apiUrl, slack.botToken),
    channel: slack.world.general.id,
    user: slack.person('anna').user.id,
  };
  await client.conversations.join({ channel: second.channel });
  await client.conversations.invite({ channel: second.channel, users: second.user }).catch(() => {});
  await carryOut({ ...first, ts: '', fileId: '' }, ours);
  await carryOut({ ...second, ts: '', fileId: '' }, theirs);
});

afterAll(async () => {
  await Promise.all([slack.close(), emulator.close()]);
});

test.each(Object.keys(CALLS))('%s', (name) => {
  const paths = missing(theirs[name]!, ours[name]!);
  expect(paths.filter((path) => !ONLY_THEIRS.includes(path))).toEqual([]);
});

async function carryOut(side: Side, into: Record<string, Json>): Promise<void> {
  for (const [name, call] of Object.entries(CALLS)) {
    try {
      into[name] = (await call(side)) as Json;
    } catch (error) {
      into[name] = String((error as { data?: JsonObject }).data?.error ?? error);
    }
  }
}

/** Paths of what the witness answers and we do not, or with another type. */
function missing(witness: Json, own: Json | undefined, path = ''): string[] {
  if (path === '' && (typeof witness === 'string' || typeof own === 'string')) {
    return witness === own ? [] : [`${JSON.stringify(witness)} is not ${JSON.stringify(own)}`];
  }
  if (witness === null) return [];
  if (own === undefined || own === null || Array.isArray(own) !== Array.isArray(witness)) return [path];
  if (typeof witness !== typeof own) return [`${path}: ${typeof own}`];
  if (Array.isArray(witness)) {
    return witness.length === 0 ? [] : missing(witness[0]!, (own as Json[])[0], `${path}[0]`);
  }
  if (typeof witness !== 'object') return [];
  return Object.entries(witness).flatMap(([key, value]) =>
    missing(value, (own as JsonObject)[key], `${path}.${key}`),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
