/** The stand-in must refuse what Slack refuses; otherwise nothing that passes against it means anything. */
import type { webApi } from '@slack/bolt';
import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../bot/fake-clock.ts';
import { aClient, aPng, aSlack, upload } from './a-slack.ts';
import type { SlackStandin } from './index.ts';

let clock: FakeClock;
let slack: SlackStandin;
let client: webApi.WebClient;
let channel: string;

beforeEach(async () => {
  clock = new FakeClock();
  slack = await aSlack(clock);
  client = aClient(slack.apiUrl, slack.botToken);
  channel = slack.world.general.id;
});

const refused = (error: string) => ({ data: { ok: false, error } });
const image = (id: string) => ({ type: 'image' as const, slack_file: { id }, alt_text: 'a fox' });
const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });
const json = async (response: Response) => [response.status, await response.json()];
const answerTo = async (url: unknown, body: object) =>
  json(
    await fetch(String(url), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  );

test('a file is no picture until it is processed', async () => {
  const id = await upload(client);
  const info = await client.files.info({ file: id });
  expect(info.file?.mimetype).toBe('');
  await expect(client.chat.postMessage({ channel, text: 'x', blocks: [image(id)] })).rejects.toMatchObject({
    data: {
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]'] },
    },
  });
  await clock.advance(300);
  expect((await client.files.info({ file: id })).file?.mimetype).toBe('image/png');
  const { ts } = await client.chat.postMessage({ channel, text: 'x', blocks: [image(id)] });
  const [shown] = slack.world.messages.find((one) => one.ts === ts)!.images;
  expect(shown).toMatchObject({ alt: 'a fox', wasProcessed: true, isBroken: false });
  expect(Buffer.from(shown!.file!.bytes)).toEqual(await aPng());
  expect(slack.world.refusedImages).toBe(1);
});

test('one person is told where the bot is a member only, history takes the scope of its kind, all texts have one limit', async () => {
  const { world } = slack;
  world.home.scopes.add('chat:write.public');
  const anna = slack.person('Anna').user;
  const open = world.addChannel('open', { botIsIn: false });
  await client.chat.postMessage({ channel: open.id, text: 'x' });
  const alone = client.chat.postEphemeral({ channel: open.id, user: anna.id, text: 'x' });
  await expect(alone).rejects.toMatchObject(refused('not_in_channel'));
  const { ts } = await client.chat.postMessage({ channel, text: 'x' });
  world.home.scopes.delete('channels:history');
  const replies = client.conversations.replies({ channel, ts: ts! });
  await expect(replies).rejects.toMatchObject(refused('missing_scope'));
  const blocks = Array.from({ length: 4 }, () => section('x'.repeat(2_900)));
  await expect(client.chat.postMessage({ channel, text: 'x', blocks })).rejects.toMatchObject(
    refused('msg_blocks_too_long'),
  );
});

test('a message that is given a file which no message has shown shows a broken image', async () => {
  const [first, second] = [await upload(client), await upload(client)];
  await clock.advance(300);
  const { ts } = await client.chat.postMessage({ channel, text: 'x', blocks: [image(first)] });
  await client.chat.update({ channel, ts: ts!, text: 'x', blocks: [image(first)] });
  expect(slack.world.shownImages().map(({ isBroken }) => isBroken)).toEqual([false, false]);
  await client.chat.update({ channel, ts: ts!, text: 'x', blocks: [image(second)] });
  expect(slack.world.messages[0]!.images[0]!.isBroken).toBe(true);
});

test('unknown and deleted files are refused, and a file without its bytes cannot be completed', async () => {
  const id = await upload(client);
  await clock.advance(300);
  await client.files.delete({ file: id });
  for (const one of [id, 'F0']) {
    const posted = client.chat.postMessage({ channel, text: 'x', blocks: [image(one)] });
    await expect(posted).rejects.toMatchObject(refused('invalid_blocks'));
  }
  await expect(client.files.info({ file: id })).rejects.toMatchObject(refused('file_deleted'));
  const { file_id } = await client.files.getUploadURLExternal({ filename: 'a.png', length: 9 });
  const completed = client.files.completeUploadExternal({ files: [{ id: file_id! }] });
  await expect(completed).rejects.toMatchObject(refused('file_not_found'));
});

test('a file that is shared while it is completed appears after it is processed', async () => {
  const anna = slack.person('Anna');
  await client.files.uploadV2({ file: await aPng(), filename: 'a.png', channel_id: channel, title: 'a fox' });
  expect(anna.sees()).toHaveLength(0);
  await clock.advance(300);
  expect(anna.sees()[0]!.images[0]).toMatchObject({ alt: 'a fox', isBroken: false });
});

test('an image by address is fetched once; what cannot be fetched is refused', async () => {
  const url = `${slack.world.origin}/nothing.png`;
  const block = { type: 'image' as const, image_url: url, alt_text: 'x' };
  await expect(client.chat.postMessage({ channel, text: 'x', blocks: [block] })).rejects.toMatchObject({
    data: { errors: ['downloading image failed [json-pointer:/blocks/0/image_url]'] },
  });
});

test('a text without blocks takes the blocks away; a message of others cannot be changed', async () => {
  const { ts } = await client.chat.postMessage({ channel, text: 'x', blocks: [section('y')] });
  await client.chat.update({ channel, ts: ts!, text: 'z' });
  const [message] = slack.world.messages;
  expect(message).toMatchObject({ text: 'z', blocks: [] });
  expect(message!.revisions.map(({ blocks }) => blocks.length)).toEqual([1, 0]);
  const { message: typed } = slack.person('Anna').writes('hello');
  const changed = client.chat.update({ channel, ts: typed.ts, text: 'x' });
  await expect(changed).rejects.toMatchObject(refused('cant_update_message'));
  await client.chat.delete({ channel, ts: ts! });
  const gone = client.chat.update({ channel, ts: ts!, text: 'x' });
  await expect(gone).rejects.toMatchObject(refused('message_not_found'));
});

test('what only one person sees cannot be changed, found or reacted to', async () => {
  const [anna, ben] = [slack.person('Anna'), slack.person('Ben')];
  const { message_ts: ts } = await client.chat.postEphemeral({ channel, user: anna.user.id, text: 'x' });
  expect([anna.sees().length, ben.sees().length]).toEqual([1, 0]);
  const changed = client.chat.update({ channel, ts: ts!, text: 'y' });
  await expect(changed).rejects.toMatchObject(refused('message_not_found'));
  expect(() => anna.reacts(anna.sees()[0]!, 'x')).toThrow('only one person');
});

test('a sixth message within a second is told to wait; other channels and methods are not', async () => {
  const post = (where = channel) => client.chat.postMessage({ channel: where, text: 'x' });
  for (let i = 0; i < 5; i++) await post();
  await expect(post()).rejects.toMatchObject({ retryAfter: 1 });
  await post(slack.world.addChannel('other').id);
  await client.auth.test();
  await clock.advance(1_000);
  await post();
  expect(slack.http.rateLimited).toBe(1);
});

test('the fifty-first change within a minute is told to wait, in every channel of the workspace', async () => {
  const { ts } = await client.chat.postMessage({ channel, text: 'x' });
  const update = () => client.chat.update({ channel, ts: ts!, text: 'y' });
  for (let i = 0; i < 50; i++) await update();
  await expect(update()).rejects.toMatchObject({ retryAfter: 2 });
  slack.http.limits.force('auth.test', 4_000);
  await expect(client.auth.test()).rejects.toMatchObject({ retryAfter: 4 });
});

test('tokens that are unknown, of the wrong kind, expired or revoked are refused', async () => {
  const call = (token: string) => aClient(slack.apiUrl, token).auth.test();
  await expect(call('xoxb-unknown')).rejects.toMatchObject(refused('invalid_auth'));
  await expect(call(slack.appToken)).rejects.toMatchObject(refused('not_allowed_token_type'));
  const { value } = slack.tokens.issue('bot', slack.world.home, { life: 1_000 });
  await call(value);
  await clock.advance(1_000);
  await expect(call(value)).rejects.toMatchObject(refused('token_expired'));
  slack.tokens.revoke(slack.botToken);
  await expect(call(slack.botToken)).rejects.toMatchObject(refused('token_revoked'));
});

test('unknown methods, missing scopes, arguments and memberships are refused', async () => {
  await expect(client.apiCall('chat.shout')).rejects.toMatchObject(refused('unknown_method'));
  await expect(client.apiCall('chat.postMessage')).rejects.toMatchObject({
    data: { response_metadata: { messages: ['[ERROR] missing required field: channel'] } },
  });
  const empty = client.apiCall('chat.postMessage', { channel });
  await expect(empty).rejects.toMatchObject(refused('no_text'));
  const foreign = slack.world.addChannel('foreign', { botIsIn: false });
  const posted = client.chat.postMessage({ channel: foreign.id, text: 'x' });
  await expect(posted).rejects.toMatchObject(refused('not_in_channel'));
  const hidden = slack.world.addChannel('hidden', { kind: 'private', botIsIn: false });
  const secret = client.chat.postMessage({ channel: hidden.id, text: 'x' });
  await expect(secret).rejects.toMatchObject(refused('channel_not_found'));
  slack.world.home.scopes.delete('users:read');
  const asked = client.users.info({ user: slack.person('Anna').user.id });
  await expect(asked).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'users:read' } });
});

test('a response URL is good for five answers and half an hour', async () => {
  const anna = slack.person('Anna');
  const { response_url: url } = anna.types('/imagine a fox').payload;
  for (let i = 0; i < 5; i++) expect(await answerTo(url, { text: `${i}` })).toEqual([200, { ok: true }]);
  expect(await answerTo(url, { text: 'x' })).toEqual([404, { ok: false, error: 'used_url' }]);
  const { response_url: later } = anna.types('/imagine a fox').payload;
  await answerTo(later, { text: 'for all', response_type: 'in_channel' });
  await clock.advance(30 * 60_000 + 1);
  expect(await answerTo(later, { text: 'x' })).toEqual([404, { ok: false, error: 'expired_url' }]);
  expect(
    slack
      .person('Ben')
      .sees()
      .map(({ text }) => text),
  ).toEqual(['for all']);
});

test('a trigger opens one form within three seconds', async () => {
  const anna = slack.person('Anna');
  const view = {
    type: 'modal' as const,
    title: { type: 'plain_text' as const, text: 'Remix' },
    blocks: [section('x')],
  };
  const open = (id: unknown) => client.views.open({ trigger_id: String(id), view });
  const { trigger_id: trigger } = anna.types('/imagine a fox').payload;
  await open(trigger);
  await expect(open(trigger)).rejects.toMatchObject(refused('exchanged_trigger_id'));
  await expect(open('1.2.3')).rejects.toMatchObject(refused('invalid_trigger_id'));
  const { trigger_id: late } = anna.types('/imagine a fox').payload;
  await clock.advance(3_001);
  await expect(open(late)).rejects.toMatchObject(refused('expired_trigger_id'));
  const { view: opened } = await client.views.update({ view_id: anna.form!.id, view });
  const stale = client.views.update({ view_id: opened!.id!, hash: 'stale', view });
  await expect(stale).rejects.toMatchObject(refused('hash_conflict'));
});

test('slash commands do not exist in threads, and only registered ones can be typed', async () => {
  const anna = slack.person('Anna');
  const { message } = anna.writes('hello');
  expect(() => anna.types('/imagine x', { thread: message })).toThrow('threads');
  expect(() => anna.types('/shout x')).toThrow('not a valid command');
});

test('the app is told of nothing where its bot is not', () => {
  const anna = slack.person('Anna');
  const channel = slack.world.addChannel('elsewhere', { botIsIn: false });
  const { message, delivery } = anna.mentions('x', { channel });
  expect([delivery, anna.reacts(message, 'game_die')]).toEqual([undefined, undefined]);
});

test('a step ends once, and its token with it; after a quarter of an hour the token ends alone', async () => {
  const anna = slack.person('Anna');
  const { execution } = slack.workflow.runs('imagine_step', { prompt: 'x' }, anna.user);
  const stepClient = aClient(slack.apiUrl, execution.token);
  const end = (with_: webApi.WebClient, id: string) =>
    with_.functions.completeSuccess({ function_execution_id: id, outputs: { seed: 1 } });
  await end(stepClient, execution.id);
  await expect(stepClient.auth.test()).rejects.toMatchObject(refused('token_revoked'));
  await expect(end(client, execution.id)).rejects.toMatchObject(refused('execution_not_in_running_state'));
  expect(execution.completions.map(({ accepted, tokenKind }) => [accepted, tokenKind])).toEqual([
    [true, 'workflow'],
    [false, 'bot'],
  ]);
  await expect(end(client, 'Fx0')).rejects.toMatchObject(refused('function_execution_not_found'));
  const { execution: long } = slack.workflow.runs('imagine_step', {}, anna.user);
  await clock.advance(15 * 60_000);
  const late = aClient(slack.apiUrl, long.token).functions.completeError({
    function_execution_id: long.id,
    error: 'x',
  });
  await expect(late).rejects.toMatchObject(refused('token_expired'));
  await end(client, long.id);
  expect(long.state).toBe('succeeded');
});

test('the outputs of a step must be those that the manifest declares', async () => {
  const outputs = { seed: { type: 'integer', is_required: true }, permalink: { type: 'string' } };
  const step = { title: 'x', input_parameters: {}, output_parameters: outputs };
  slack.world.app.read({ functions: { imagine_step: step } }, []);
  const { execution } = slack.workflow.runs('imagine_step', {}, slack.person('Anna').user);
  const end = (outputs: Record<string, unknown>) =>
    client.functions.completeSuccess({ function_execution_id: execution.id, outputs });
  for (const wrong of [{}, { seed: '1' }, { seed: 1.5 }, { seed: 1, other: 'x' }]) {
    await expect(end(wrong)).rejects.toMatchObject(refused('parameter_validation_failed'));
  }
  await end({ seed: 1, permalink: 'https://x' });
});
