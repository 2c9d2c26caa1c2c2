/** Files of the page: sent as small as a browser takes them, and not again to whoever has them. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Express } from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApp } from '../../../bot/http/app.ts';
import { KeptFile } from '../../../bot/http/kept-file.ts';
import { acceptedEncoding, accepts, preferredLanguage } from '../../../bot/http/negotiation.ts';
import { SecretFiles } from '../../../bot/http/secret-files.ts';
import { openServer, type WebServer } from '../../../bot/http/server.ts';
import { openLog } from '../../../bot/ops/log.ts';
import { send } from './send.ts';

const STYLE = `body { color: red }\n${'/* and so on */\n'.repeat(200)}`;

let server: WebServer;
let address: URL;
beforeAll(async () => {
  const file = new KeptFile('page.css', Buffer.from(STYLE));
  const routes = (app: Express) => {
    app.get('/page.css', (_, response) => file.send(response));
    app.get('/by-language', (_, response) => file.send(response, 'accept-language'));
  };
  const log = openLog({ level: 'silent', now: () => 0, plain: false, secrets: [], write() {} });
  server = openServer(openApp({ routes, anyHost: true, addressOf: () => '', log }));
  address = new URL(await server.listen('127.0.0.1', 0));
  server.begin();
});
afterAll(() => server.close());

const ask = (headers: Readonly<Record<string, string>>, path = '/page.css') =>
  send(address, path, { headers });

test.each([
  ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['br;q=0, gzip', 'gzip', gunzipSync],
  ['identity', undefined, (bytes: Buffer) => bytes],
] as const)('with "%s" it comes as %s', async (accepted, encoding, decode) => {
  const answer = await ask({ 'accept-encoding': accepted });
  expect(answer.headers['content-encoding']).toBe(encoding);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
  });
  expect(String(decode(answer.bytes))).toBe(STYLE);
  if (encoding !== undefined) expect(answer.bytes.length).toBeLessThan(200);
});

test('whoever has it is told so, in the form in which they have it and in no other', async () => {
  const { etag } = (await ask({ 'accept-encoding': 'br' })).headers;
  expect(etag).toMatch(/^"[\w-]{22}-br"$/);
  const again = { 'if-none-match': etag! };
  expect(await ask({ ...again, 'accept-encoding': 'br' })).toMatchObject({ status: 304, text: '' });
  expect(await ask({ ...again, 'accept-encoding': 'gzip' })).toMatchObject({ status: 200 });
  const plain = await ask(again);
  expect(plain).toMatchObject({ status: 200, headers: { etag: etag!.replace('-br', '') } });
  expect((await ask({}, '/by-language')).headers.vary).toBe('accept-language');
});

test.each([
  [undefined, undefined, false],
  ['', undefined, false],
  ['gzip;q=0, br;q=0.0', undefined, false],
  ['deflate, gzip;q=1.0', 'gzip', true],
  ['gzip;q=1, br;q=0.1', 'br', true],
  ['GZIP, BR', 'br', true],
  ['br', 'br', false],
  ['xgzip', undefined, false],
])('Accept-Encoding %j: %s', (header, encoding, takesGzip) => {
  expect(acceptedEncoding(header)).toBe(encoding);
  expect(accepts(header, 'gzip')).toBe(takesGzip);
});

test('what a browser takes is read as far as browsers write', () => {
  // Beyond 400 characters nothing is looked at.
  expect(accepts(`${'x'.repeat(396)},gzip`, 'gzip')).toBe(false);
  expect(accepts(`${'x'.repeat(395)},gzip`, 'gzip')).toBe(true);
});

test.each([
  ['de-CH, de;q=0.9, en;q=0.8', 'de'],
  ['nl, fr;q=0.5', 'fr'],
  ['fr;q=0.3, ja;q=0.7', 'ja'],
  ['nl', 'en'],
  ['', 'en'],
  [undefined, 'en'],
  [`${'x'.repeat(400)},de`, 'en'],
])('a browser that prefers "%s" is spoken to in %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

test('a secret file is at an address of its own, 24 letters that come from chance, and the oldest goes', () => {
  let seed = 0;
  const files = new SecretFiles('https://here/previews/', (length) => new Uint8Array(length).fill(seed++));
  const url = files.add(Buffer.from('first'), '.jpg');
  expect(url).toBe(`https://here/previews/${'A'.repeat(24)}.jpg`);
  const name = url.slice('https://here/previews/'.length);
  for (let i = 0; i < 199; i++) files.add(Buffer.from('more'), '.png');
  expect(String(files.find(name))).toBe('first');
  files.add(Buffer.from('more'), '.png');
  files.add(Buffer.from('more'), '.png');
  expect([files.find(name), files.find('nothing')].filter(Boolean).length).toBe(1);
});
