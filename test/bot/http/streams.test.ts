/** Event streams that nobody reads, and too many of them. */
import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type EventStream, formatEvent, Streams } from '../../../bot/http/streams.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { FakeClock } from '../fake-clock.ts';
import { until } from '../jobs/some-jobs.ts';
import { send } from './send.ts';

interface Opened {
  readonly stream: EventStream;
  readonly response: ServerResponse;
}

/** A server whose every request is a stream, and readers that never read. */
async function aServer() {
  const streams = new Streams(systemClock);
  const opened: Opened[] = [];
  const server = createServer((_, response) => {
    opened.push({ stream: streams.begin(response, 'here'), response });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    opened,
    streams,
    openUnread(): Socket {
      const socket = connect(port, '127.0.0.1').pause();
      socket.on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      onTestFinished(() => void socket.destroy());
      return socket;
    },
  };
}

test('300 event streams that nobody read took 2 GB: a reader that takes nothing is dropped', async () => {
  const { opened, openUnread } = await aServer();
  openUnread();
  await until(() => opened.length === 1);
  const { stream, response } = opened[0]!;
  let isOver = false;
  stream.onEnd(() => {
    isOver = true;
  });
  const event = formatEvent('message', 'x'.repeat(20_000));
  let most = 0;
  for (let i = 0; i < 2_000 && !isOver; i++) {
    stream.write(event);
    most = Math.max(most, response.writableLength);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isOver).toBe(true);
  expect(most).toBeLessThan(300 * 1024);
});

test('an address has so many streams and not one more; one that is closed makes room', () => {
  const streams = new Streams(systemClock);
  const closers: (() => void)[] = [];
  const aResponse = () =>
    ({
      writeHead() {},
      write() {},
      writableLength: 0,
      once: (_: string, then: () => void) => closers.push(then),
    }) as unknown as ServerResponse;
  for (let i = 0; i < 100; i++) streams.begin(aResponse(), 'one');
  const refused = { code: 'http.streams', data: { limit: 100, retry_after_s: 30 } };
  expect(() => streams.begin(aResponse(), 'one')).toThrow(expect.objectContaining(refused));
  closers[0]!();
  streams.begin(aResponse(), 'one');
  for (let i = 0; i < 400; i++) streams.begin(aResponse(), `other ${i}`);
  expect(() => streams.begin(aResponse(), 'new')).toThrow(
    expect.objectContaining({ data: { limit: 500, retry_after_s: 30 } }),
  );
  for (const close of closers) close();
  streams.begin(aResponse(), 'new');
});

test('a stream says what it is, when to come back, and every fifteen seconds that it is still there', async () => {
  const clock = new FakeClock();
  const streams = new Streams(clock);
  const server = createServer((_, response) => {
    const stream = streams.begin(response, 'here');
    void clock.advance(30_000).then(() => {
      stream.write(formatEvent('message', { a: 1 }, 'run-1'));
      stream.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const { status, headers, text } = await send(new URL(`http://127.0.0.1:${port}`), '/');
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const beat = ': still here\n\n';
  expect(text).toBe(`retry: 1000\n\n${beat}${beat}event: message\nid: run-1\ndata: {"a":1}\n\n`);
});

test('nothing is written to a stream that is over, and its heart stops', async () => {
  const clock = new FakeClock();
  const written: string[] = [];
  let close = () => {};
  const response = {
    writeHead() {},
    write: (text: string) => void written.push(text),
    writableLength: 0,
    once: (_: string, then: () => void) => {
      close = then;
    },
  } as unknown as ServerResponse;
  const stream = new Streams(clock).begin(response, 'here');
  await clock.advance(14_999);
  expect(written).toEqual(['retry: 1000\n\n']);
  close();
  stream.write('late');
  await clock.advance(60_000);
  expect(written).toHaveLength(1);
});
