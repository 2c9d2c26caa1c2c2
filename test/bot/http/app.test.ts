/** A small service over a real connection: what every answer carries, and what becomes of whatever goes wrong. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Express } from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SAFE_HEADERS, sendJson, sendNothing } from '../../../bot/http/answers.ts';
import { openApp } from '../../../bot/http/app.ts';
import { openServer, type WebServer } from '../../../bot/http/server.ts';
import { type LogFields, openLog } from '../../../bot/ops/log.ts';
import { Fault } from '../../../config/faults.ts';
import { send } from './send.ts';

const logged: { level: string; event: string; fields: LogFields }[] = [];
const refused: string[] = [];

const log = openLog({
  level: 'debug',
  now: () => 0,
  plain: false,
  secrets: [],
  write(line) {
    const { level, event, ...fields } = JSON.parse(line);
    logged.push({ level, event, fields });
  },
});

function routes(app: Express): void {
  app.get('/small', (_, response) => sendJson(response, 200, { a: 1 }));
  app.get('/large', (_, response) => sendJson(response, 200, { text: 'x'.repeat(2_000) }));
  app.get('/who', ({ query }, response) => sendJson(response, 200, { ...response.locals, query }));
  app.post('/nothing', (_, response) => sendNothing(response));
  app.get('/nothing', (_, response) => sendNothing(response));
  app.get('/ours', () => {
    throw new Error('a secret path');
  });
  app.get('/disk', () => {
    throw new Fault('disk.full', {}, new Error('ENOSPC'));
  });
  app.all('/theirs', () => {
    throw new Fault('option.value', { option: 'seed', value: 'x', allowed: 'a number' });
  });
  app.get('/gone', () => {
    throw new Fault('job.unknown', {});
  });
  app.get('/half', (_, response) => {
    response.write('half');
    throw new Error('broken');
  });
}

/** @returns its address */
async function serve(server: WebServer): Promise<URL> {
  const address = await server.listen('127.0.0.1', 0);
  server.begin();
  return new URL(address);
}

let address: URL;
let server: WebServer;
beforeAll(async () => {
  const app = openApp({
    routes,
    recognise: (_, { locals }) => {
      locals.language = 'de';
    },
    anyHost: false,
    addressOf: () => 'somewhere',
    statuses: { 410: ['job.unknown'] },
    refused: ({ code }) => void refused.push(code),
    log,
  });
  server = openServer(app);
  address = await serve(server);
});
afterAll(() => server.close());
beforeEach(() => {
  logged.length = 0;
  refused.length = 0;
});

const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  send(address, path, { method, headers });

describe('every answer', () => {
  test.each(['/small', '/nothing', '/ours', '/theirs', '/unknown'])(
    'to %s says that it may not be framed, sniffed or kept',
    async (path) => {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({ ...SAFE_HEADERS, 'cache-control': 'no-store' });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
    },
  );

  test('is JSON that ends its line, small as it is, large as gzip where that is taken', async () => {
    const small = await ask('/small', { 'accept-encoding': 'gzip' });
    expect(small.text).toBe('{"a":1}\n');
    expect(small.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(small.headers).not.toHaveProperty('content-encoding');
    const plain = await ask('/large', { 'accept-encoding': 'br, gzip;q=0' });
    expect(plain.json().text).toHaveLength(2_000);
    expect(plain.headers).toMatchObject({ vary: 'accept-encoding', 'content-length': '2012' });
    const squeezed = await ask('/large', { 'accept-encoding': 'gzip' });
    expect(squeezed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(Number(squeezed.headers['content-length'])).toBeLessThan(100);
    expect(JSON.parse(String(gunzipSync(squeezed.bytes))).text).toHaveLength(2_000);
  });

  test('of nothing is 204', async () => {
    expect(await ask('/nothing', {}, 'POST')).toMatchObject({ status: 204, text: '' });
  });

  test('knows from where the request comes, in which language it is told, and a plain query', async () => {
    expect((await ask('/who?a=1&b[c]=2&a=3')).json()).toEqual({
      address: 'somewhere',
      language: 'de',
      query: { a: ['1', '3'], 'b[c]': '2' },
    });
  });
});

describe('what is refused', () => {
  test('with whose fault it is: theirs 400 and not logged, ours 500 and logged without being told', async () => {
    const theirs = await ask('/theirs');
    expect(theirs.status).toBe(400);
    expect(theirs.json()).toMatchObject({ code: 'option.value', error: expect.stringContaining('seed') });
    expect(theirs.headers).not.toHaveProperty('retry-after');
    expect(logged).toEqual([]);
    const ours = await ask('/ours');
    expect(ours.status).toBe(500);
    expect(ours.text).not.toContain('secret');
    expect(refused).toEqual(['option.value', 'pipeline.failed']);
    expect(logged).toMatchObject([
      { level: 'error', event: 'request failed', fields: { method: 'GET', code: 'pipeline.failed' } },
    ]);
    expect(logged[0]!.fields.cause).toContain('a secret path');
  });

  test('by a full disk is told with when to come back, and logged with what the system said', async () => {
    const answer = await ask('/disk');
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '60' } });
    expect(logged[0]!.fields.cause).toMatch(/^Error: ENOSPC/);
  });

  test('in the language of whoever asks, with the status that the service gives it', async () => {
    expect(await ask('/gone')).toMatchObject({ status: 410 });
    expect((await ask('/unknown')).json().error).toContain('/unknown');
    expect((await ask('/gone')).json().error).not.toBe(new Fault('job.unknown', {}).message);
  });

  test.each(['/Small', '/small/', '/%', '/unknown'])('%s is not found', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('http.not_found');
  });

  test('where a path takes other methods, they are named', async () => {
    const answer = await ask('/nothing', {}, 'PUT');
    expect(answer.status).toBe(405);
    expect(answer.json().error).toContain('POST, GET');
  });

  test('another name for this machine, and a page of another site that changes something', async () => {
    expect((await ask('/small', { host: 'evil.example' })).json().code).toBe('http.host');
    expect((await ask('/nothing', { origin: 'https://evil.example' }, 'POST')).json().code).toBe(
      'http.origin',
    );
    for (const method of ['GET', 'HEAD'])
      expect((await ask('/small', { origin: 'https://evil.example' }, method)).status).toBe(200);
  });

  test('after half of the answer cuts the connection: nobody takes the half for the whole', async () => {
    await expect(ask('/half')).rejects.toThrow();
    expect(logged).toHaveLength(1);
    expect(refused).toEqual([]);
  });
});

describe('the connection of a refused body', () => {
  /** Sends the head of a request, never its body. @returns what comes back until the other side is done */
  async function sendHead(header: string): Promise<string> {
    const socket = connect(Number(address.port), '127.0.0.1');
    socket.end(`POST /theirs HTTP/1.1\r\nhost: localhost\r\n${header}\r\n\r\n`);
    return text(socket);
  }

  test.each([
    ['content-length: 67108864', 'keep-alive'],
    ['content-length: 67108865', 'close'],
    ['transfer-encoding: chunked', 'close'],
  ])('with %s: %s', async (header, connection) => {
    const answer = await sendHead(header);
    expect(answer).toContain('400 Bad Request');
    expect(answer.toLowerCase()).toContain(`connection: ${connection}`);
  });

  test('that is whole already is kept', async () => {
    expect((await ask('/theirs')).headers.connection).not.toBe('closed');
    const answer = await sendHead('content-length: 0');
    expect(answer.toLowerCase()).toContain('connection: keep-alive');
  });
});

describe('a port', () => {
  function another(): WebServer {
    const opened = openServer((_, response) => void response.end('served'));
    onTestFinished(() => opened.close());
    return opened;
  }

  test('is taken at once; who comes before the service is ready waits, and is answered', async () => {
    const early = another();
    const where = new URL(await early.listen('127.0.0.1', 0));
    const socket = connect(Number(where.port), '127.0.0.1');
    const told = text(socket);
    await new Promise<void>((sent) => {
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', () => sent());
    });
    expect(socket.bytesRead).toBe(0);
    early.begin();
    expect(await told).toContain('served');
  });

  test('that another program has is named, with what to do', async () => {
    await expect(another().listen('127.0.0.1', Number(address.port))).rejects.toMatchObject({
      code: 'http.listen',
      data: { address: `127.0.0.1:${address.port}`, problem: expect.stringContaining('set PORT') },
    });
    await expect(another().listen('192.0.2.1', 0)).rejects.toMatchObject({
      data: { problem: expect.stringContaining('set HOST') },
    });
  });

  test.each([
    ['0.0.0.0', 'localhost'],
    ['::', 'localhost'],
    ['::1', '[::1]'],
    ['127.0.0.1', '127.0.0.1'],
  ])('on %s is opened in a browser as %s', async (host, name) => {
    const shown = await another().listen(host, 0);
    expect(shown).toMatch(/^http:\/\/.*:\d+\/$/);
    expect(new URL(shown).hostname).toBe(name);
  });

  test('is given back while somebody waits', async () => {
    const silent = openServer(() => {});
    const where = await serve(silent);
    const answer = send(where, '/').catch((error: Error) => error);
    await silent.close();
    expect(await answer).toBeInstanceOf(Error);
    await expect(send(where, '/')).rejects.toThrow('ECONNREFUSED');
  });
});
