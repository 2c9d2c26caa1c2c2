/** Many requests in one packet: each connection has its turn, and what is over is not begun. */
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openServer } from '../../../bot/http/server.ts';
import { Streams } from '../../../bot/http/streams.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { until } from '../jobs/some-jobs.ts';

interface Heard {
  readonly path: string;
  /** How often the event loop had gone round. */
  readonly turn: number;
}

/** A server of ours that notes what it begins. */
async function aServer(answer: (path: string) => 'at once' | 'never') {
  const heard: Heard[] = [];
  const closed: string[] = [];
  let turn = 0;
  let isOver = false;
  const goRound = () => {
    turn++;
    if (!isOver) setImmediate(goRound);
  };
  goRound();
  const server = openServer(({ url = '' }, response) => {
    heard.push({ path: url, turn });
    response.once('close', () => closed.push(url));
    if (answer(url) === 'at once') response.end(url);
  });
  const { port } = new URL(await server.listen('127.0.0.1', 0));
  server.begin();
  onTestFinished(async () => {
    isOver = true;
    await server.close();
  });
  return { heard, closed, open: () => aConnection(Number(port)) };
}

async function aConnection(
  port: number,
  host = '127.0.0.1',
): Promise<{ socket: Socket; read: () => string }> {
  const socket = connect(port, host);
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes;
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, read: () => text };
}

/** Connects again and again, until a connection is taken and its request answered. */
async function untilTaken(port: number): Promise<void> {
  for (let answer = ''; answer === ''; ) {
    const next = await aConnection(port);
    next.socket.write(get('/'));
    await until(() => next.socket.closed || next.read().endsWith('here'));
    answer = next.read();
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

test('a thousand requests in one packet held everybody up for a minute: others are served between two of them', async () => {
  const { heard, open } = await aServer(() => 'at once');
  const { socket, read } = await open();
  const paths = Array.from({ length: 40 }, (_, i) => `/${i}`);
  socket.write(paths.map(get).join(''));
  await until(() => read().endsWith('/39'));
  expect(heard.map(({ path }) => path)).toEqual(paths);
  const turns = heard.map(({ turn }) => turn);
  expect(new Set(turns).size).toBe(40);
});

test('a connection that asks for more than fifty things before its first answer is closed', async () => {
  const { heard, open } = await aServer(() => 'at once');
  const { socket } = await open();
  socket.write(get('/again').repeat(1_300));
  await until(() => socket.closed);
  expect(heard.length).toBeLessThanOrEqual(50);
  const other = await open();
  other.socket.write(get('/other'));
  await until(() => other.read().endsWith('/other'));
});

test('what was asked for on a connection that is over is not begun', async () => {
  const { heard, closed, open } = await aServer((path) => (path === '/slow' ? 'never' : 'at once'));
  const { socket } = await open();
  socket.write(get('/slow') + get('/never').repeat(20));
  await until(() => heard.length === 1);
  socket.destroy();
  await until(() => closed.length === 1);
  const other = await open();
  other.socket.write(get('/other'));
  await until(() => other.read().endsWith('/other'));
  expect(heard.map(({ path }) => path)).toEqual(['/slow', '/other']);
});

test('streams that were asked for while the service began, and given up before it had, take nobody’s place', async () => {
  const streams = new Streams(systemClock);
  const begun: string[] = [];
  const server = openServer(({ url = '' }, response) => {
    begun.push(url);
    streams.begin(response, 'here');
  });
  const { port } = new URL(await server.listen('127.0.0.1', 0));
  onTestFinished(() => server.close());
  const given = await aConnection(Number(port));
  given.socket.write(get('/given-up'));
  const waiting = await aConnection(Number(port));
  waiting.socket.write(get('/waiting'));
  await new Promise<void>((resolve) => given.socket.end(get('/last')).once('close', () => resolve()));
  server.begin();
  await until(() => begun.includes('/waiting'));
  expect(begun).toEqual(['/waiting']);
});

test('connections beyond the limit are not taken, and one that ends makes room', async () => {
  const server = openServer((_, response) => response.end('here'), {
    all: 2,
    ofOneAddress: 2,
  });
  const port = Number(new URL(await server.listen('127.0.0.1', 0)).port);
  server.begin();
  onTestFinished(() => server.close());
  const [first, second] = [await aConnection(port), await aConnection(port)];
  second.socket.write(get('/'));
  await until(() => second.read().endsWith('here'));
  const third = await aConnection(port);
  await until(() => third.socket.closed);
  first.socket.destroy();
  await until(() => first.socket.closed);
  await untilTaken(port);
});

test('one address that takes all the connections it can get keeps nobody else out', async () => {
  const server = openServer((_, response) => response.end('here'), { all: 4, ofOneAddress: 2 });
  const port = Number(new URL(await server.listen('::', 0)).port);
  server.begin();
  onTestFinished(() => server.close());
  const greedy: Socket[] = [];
  for (let i = 0; i < 4; i++) greedy.push((await aConnection(port)).socket);
  const open = () => greedy.filter((socket) => !socket.closed);
  await until(() => open().length === 2);
  const other = await aConnection(port, '::1');
  other.socket.write(get('/'));
  await until(() => other.read().endsWith('here'));
  open()[0]!.destroy();
  await untilTaken(port);
});
