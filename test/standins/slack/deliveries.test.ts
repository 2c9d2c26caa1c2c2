/** Deadlines, retries, refreshes, signatures: what Slack does with an app that answers late, wrongly or not at all. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { webApi } from '@slack/bolt';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeClock, settle } from '../../bot/fake-clock.ts';
import { aClient, aSlack } from './a-slack.ts';
import type { SlackStandin } from './index.ts';
import type { Person } from './person.ts';
import type { JsonObject } from './shapes.ts';
import { signatureOf } from './signing.ts';

let clock: FakeClock;
let slack: SlackStandin;
let anna: Person;

beforeEach(async () => {
  clock = new FakeClock();
  slack = await aSlack(clock);
  anna = slack.person('Anna');
});

interface Client {
  readonly socket: WebSocket;
  readonly heard: JsonObject[];
  ack(envelope: JsonObject, payload?: JsonObject): void;
}

/** A socket as Slack's client opens it, which acknowledges nothing by itself. */
async function connect(): Promise<Client> {
  const { url } = await aClient(slack.apiUrl, slack.appToken).apps.connections.open({});
  const socket = new WebSocket(url!);
  const heard: JsonObject[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as JsonObject));
  const ack = ({ envelope_id }: JsonObject, payload: JsonObject = {}) =>
    socket.send(JSON.stringify({ envelope_id, payload }));
  await slack.until(() => heard[0]?.type === 'hello');
  return { socket, heard, ack };
}

interface Request {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly answer: ServerResponse;
}

/** An app's web server that answers when the test says so. */
async function listen(): Promise<Request[]> {
  const heard: Request[] = [];
  const server = createServer(async (request, answer) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    heard.push({ headers: request.headers, body, answer });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  slack.deliveries.requestUrl = `http://127.0.0.1:${port}/slack/events`;
  return heard;
}

const nth = <T>(list: readonly T[], n: number) => slack.until(() => list[n]);

test('a command by socket: told once, its acknowledgement may carry an answer', async () => {
  const app = await connect();
  const told = anna.types('/imagine a red fox');
  const envelope = await nth(app.heard, 1);
  expect(envelope).toMatchObject({ type: 'slash_commands', accepts_response_payload: true });
  expect(envelope.payload).toMatchObject({ command: '/imagine', text: 'a red fox', user_id: anna.user.id });
  app.ack(envelope, { text: 'coming' });
  await slack.deliveries.acked(told);
  expect(anna.sees().map(({ text }) => text)).toEqual(['coming']);
});

test('a command that is not acknowledged within three seconds fails before the person and is not told again', async () => {
  const app = await connect();
  const told = anna.types('/imagine a red fox');
  const envelope = await nth(app.heard, 1);
  await clock.advance(3_000);
  app.ack(envelope);
  await clock.advance(600_000);
  expect(told).toMatchObject({ failure: 'operation_timeout', attempts: [{ outcome: 'timeout' }] });
  expect(told.ackedAfter).toBeUndefined();
});

test('without a connection a command fails, and an event comes after the next connection', async () => {
  const command = anna.types('/imagine a red fox');
  const { delivery: event } = anna.mentions('a red fox');
  await clock.advance(0);
  expect(command.failure).toBe('dispatch_failed');
  const app = await connect();
  await clock.advance(60_000);
  const envelope = await nth(app.heard, 1);
  expect(envelope).toMatchObject({ type: 'events_api', retry_attempt: 2, retry_reason: 'unreachable' });
  app.ack(envelope);
  await slack.deliveries.acked(event!);
});

test('an event that is not acknowledged is told again at once, after a minute and after five', async () => {
  const app = await connect();
  const { delivery } = anna.mentions('a red fox');
  await nth(app.heard, 1);
  for (const wait of [3_000, 63_000, 303_000, 3_000]) {
    await clock.advance(wait);
    await settle();
  }
  await slack.until(() => app.heard.length === 5);
  const envelopes = app.heard.slice(1);
  expect(envelopes.map(({ retry_attempt: n }) => n)).toEqual([0, 1, 2, 3]);
  expect(envelopes[1]!.retry_reason).toBe('timeout');
  expect(new Set(envelopes.map(({ payload }) => (payload as JsonObject).event_id)).size).toBe(1);
  expect(delivery!.attempts.map(({ outcome }) => outcome)).toEqual(Array(4).fill('timeout'));
});

test('the same is told several times if the test wants it', async () => {
  const app = await connect();
  slack.deliveries.copies = 2;
  const told = anna.types('/imagine a red fox');
  slack.deliveries.repeat(told);
  await nth(app.heard, 3);
  const triggers = app.heard.slice(1).map(({ payload }) => (payload as JsonObject).trigger_id);
  expect(new Set(triggers).size).toBe(1);
});

test('envelopes go to the open sockets in turn; one that is asked to go gets none and is closed', async () => {
  const [first, second] = [await connect(), await connect()];
  expect(second.heard[0]).toMatchObject({ num_connections: 2 });
  for (let i = 0; i < 4; i++) anna.types('/imagine a red fox');
  await slack.until(() => first.heard.length === 3 && second.heard.length === 3);
  slack.sockets.refresh([slack.sockets.connections[0]!]);
  anna.types('/imagine a red fox');
  await slack.until(() => second.heard.length === 4);
  await clock.advance(1_000);
  await slack.until(() => first.socket.readyState === WebSocket.CLOSED);
  expect(first.heard.at(-1)).toMatchObject({ type: 'disconnect', reason: 'refresh_requested' });
});

test('a ticket opens one socket, and ten sockets are the most', async () => {
  const { url } = await aClient(slack.apiUrl, slack.appToken).apps.connections.open({});
  const [once, twice] = [new WebSocket(url!), new WebSocket(url!)];
  const code = await new Promise((resolve) => {
    for (const one of [once, twice]) one.on('close', resolve);
  });
  expect(code).toBe(1008);
  for (let i = 0; i < 9; i++) await connect();
  const eleventh = aClient(slack.apiUrl, slack.appToken).apps.connections.open({});
  await expect(eleventh).rejects.toMatchObject({ data: { error: 'too_many_websockets' } });
  const byBot = aClient(slack.apiUrl, slack.botToken).apps.connections.open({});
  await expect(byBot).rejects.toBeInstanceOf(webApi.WebAPIPlatformError);
});

test("requests are signed; wrong secrets, old timestamps and replays are at the test's disposal", async () => {
  const heard = await listen();
  const told = anna.types('/imagine a fox & a hen');
  const { headers, body, answer } = await nth(heard, 0);
  const timestamp = Number(headers['x-slack-request-timestamp']);
  expect(timestamp).toBe(clock.now() / 1000);
  expect(headers['x-slack-signature']).toBe(
    signatureOf({ secret: slack.deliveries.signingSecret, timestamp }, body),
  );
  expect(new URLSearchParams(body).get('text')).toBe('a fox &amp; a hen');
  answer.end();
  await slack.deliveries.acked(told);
  const { request } = slack.deliveries;
  const send = (signing: object) => request.call(slack.deliveries, told, signing);
  const replies = [send({}), send({ secret: 'wrong' }), send({ timestamp: 5 }), send({ signature: 'v0=0' })];
  for (const [i] of replies.entries()) (await nth(heard, i + 1)).answer.writeHead(401).end();
  expect(await Promise.all(replies)).toEqual(Array(4).fill({ status: 401, text: '', refusesRetries: false }));
  const sent = heard.slice(1).map((one) => one.headers['x-slack-signature']);
  expect(sent.filter((one) => one === headers['x-slack-signature'])).toHaveLength(1);
  expect(sent).toContain('v0=0');
  expect(told.attempts).toHaveLength(1);
});

test('an event that is answered late or with an error is sent again, with number and reason', async () => {
  const heard = await listen();
  const { delivery } = anna.mentions('a red fox');
  await nth(heard, 0);
  await clock.advance(3_000);
  const second = await nth(heard, 1);
  expect(second.headers).toMatchObject({ 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' });
  second.answer.writeHead(500).end();
  await slack.until(() => delivery!.attempts[1]!.outcome === 'http_error');
  await clock.advance(60_000);
  const third = await nth(heard, 2);
  expect(third.headers).toMatchObject({ 'x-slack-retry-num': '2', 'x-slack-retry-reason': 'http_error' });
  third.answer.end();
  await slack.deliveries.acked(delivery!);
});

test('an app that asks for no retry gets none', async () => {
  const heard = await listen();
  const { delivery } = anna.mentions('a red fox');
  (await nth(heard, 0)).answer.writeHead(500, { 'x-slack-no-retry': '1' }).end();
  await slack.until(() => delivery!.attempts[0]!.outcome === 'http_error');
  await clock.advance(600_000);
  expect(heard).toHaveLength(1);
});
