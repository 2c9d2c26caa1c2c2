/** Pictures over a real connection to a server on this machine; names are resolved and addresses judged as the test says. */
import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { fetchImage } from '../../../bot/safety/fetch-image.ts';
import type { Network } from '../../../bot/safety/network.ts';
import { isPublicAddress } from '../../../bot/safety/public-address.ts';
import { LIMITS } from '../../../config/defaults.ts';

let png: Buffer;
beforeAll(async () => {
  png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** The world as a test has it: `cdn.example` and its neighbours lead to this machine's server. */
async function aWorld(
  answer: Answer,
  change: { names?: Record<string, string[]>; isPublic?: (a: string) => boolean; timeout?: number } = {},
) {
  const requests: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    requests.push(incoming);
    answer(response, incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const resolved: string[] = [];
  const names = change.names ?? { 'cdn.example': ['127.0.0.1'] };
  const network: Network = {
    fetch,
    async resolve(host: string) {
      resolved.push(host);
      if (names[host] === undefined) throw new Error('ENOTFOUND');
      return names[host].map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    request: (options: RequestOptions, answered: (response: IncomingMessage) => void) =>
      request({ ...options, port }, answered),
    isPublic: change.isPublic ?? (() => true),
    timeout: change.timeout ?? 5000,
  };
  const fetchPicture = (address: string, hosts = ['cdn.example'], headers: Record<string, string> = {}) =>
    fetchImage(address, { hosts, headers }, network);
  return { fetch: fetchPicture, requests, resolved };
}

const sendPng: Answer = (response) => response.end(png);

test('a picture comes as it is, with the surface’s headers and nothing else of ours', async () => {
  const { fetch, requests } = await aWorld(sendPng);
  expect(
    Buffer.from(
      await fetch('https://cdn.example/a/b.png?x=1&y=2', ['cdn.example'], { Authorization: 'Bearer t' }),
    ),
  ).toEqual(png);
  expect(requests[0]!.url).toBe('/a/b.png?x=1&y=2');
  expect(requests[0]!.headers).toMatchObject({
    host: expect.stringMatching(/^cdn\.example/),
    authorization: 'Bearer t',
  });
  expect(requests[0]!.headers.cookie).toBeUndefined();
});

test.each([
  'http://cdn.example/a.png',
  'https://cdn.example:8443/a.png',
  'https://user@cdn.example/a.png',
  'https://user:pw@cdn.example/a.png',
  'https://cdn.example.evil.example/a.png',
  'https://evilcdn.example/a.png',
  'https://cdn.example@evil.example/a.png',
  'https://evil.example/https://cdn.example/a.png',
  'https://evil.example#cdn.example',
  'https://evil.example\\@cdn.example/',
  'https://cdn.example./a.png',
  'https://sub.cdn.example/a.png',
  'https://127.0.0.1/a.png',
  'https://2130706433/a.png',
  'https://[::1]/a.png',
  'https://localhost/a.png',
  'ftp://cdn.example/a.png',
  'file:///etc/passwd',
  'data:image/png;base64,AAAA',
  '//cdn.example/a.png',
  'cdn.example/a.png',
  '',
  'https://',
])('%j is refused before anything is asked of the network', async (address) => {
  const { fetch, requests, resolved } = await aWorld(sendPng);
  await expect(fetch(address)).rejects.toMatchObject({
    code: 'picture.address',
    message: 'The picture’s address cannot be used; allowed: https:// addresses of cdn.example.'.replace(
      '’',
      "'",
    ),
  });
  expect([requests, resolved]).toEqual([[], []]);
});

test('a host list may name all below a domain, and only those', async () => {
  const { fetch } = await aWorld(sendPng, { names: { 'a.b.example': ['127.0.0.1'] } });
  expect((await fetch('https://A.B.example/x', ['*.b.example'])).length).toBe(png.length);
  await expect(fetch('https://b.example/x', ['*.b.example'])).rejects.toMatchObject({
    code: 'picture.address',
  });
  await expect(fetch('https://xb.example/x', ['*.b.example'])).rejects.toMatchObject({
    code: 'picture.address',
  });
});

test.each([
  [['127.0.0.1']],
  [['10.0.0.7']],
  [['169.254.169.254']],
  [['::1']],
  [['::ffff:169.254.169.254']],
  [['fd00:ec2::254']],
  [['93.184.216.34', '127.0.0.1']],
  [[]],
])('an allowed name that leads to %j is refused before a connection', async (addresses) => {
  const { fetch, requests } = await aWorld(sendPng, {
    names: { 'cdn.example': addresses },
    isPublic: isPublicAddress,
  });
  await expect(fetch('https://cdn.example/a.png')).rejects.toMatchObject({ code: 'picture.address' });
  expect(requests).toEqual([]);
});

test('the connection goes to the address that was checked, whatever the name says a moment later', async () => {
  const names = { 'cdn.example': ['127.0.0.1'] };
  const { fetch, requests, resolved } = await aWorld(sendPng, {
    names,
    isPublic(address) {
      names['cdn.example'] = ['10.0.0.1'];
      return address === '127.0.0.1';
    },
  });
  // Nobody else knows the name, so that a second look at it would find nothing, or the address inside the house.
  expect((await fetch('https://cdn.example/a.png')).length).toBe(png.length);
  expect(resolved).toEqual(['cdn.example']);
  expect(requests.length).toBe(1);
});

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
  const { fetch, requests } = await aWorld((response) =>
    response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  );
  await expect(fetch('https://cdn.example/a.png')).rejects.toThrow(
    `The picture could not be downloaded: its host answered ${status}.`,
  );
  expect(requests.length).toBe(1);
});

test.each([204, 206, 401, 404, 429, 500])('the answer %i is a refusal', async (status) => {
  const { fetch } = await aWorld((response) => response.writeHead(status).end());
  await expect(fetch('https://cdn.example/a.png')).rejects.toMatchObject({ code: 'picture.unreachable' });
});

test('a body that says it is too long is not read', async () => {
  const { fetch } = await aWorld((response) => {
    response.writeHead(200, { 'content-length': String(LIMITS.uploadBytes + 1) });
    response.write('x');
  });
  await expect(fetch('https://cdn.example/a.png')).rejects.toMatchObject({
    code: 'image.bytes',
    data: { bytes: LIMITS.uploadBytes + 1 },
  });
});

test('a body without end is cut off at the limit', async () => {
  let sent = 0;
  const { fetch } = await aWorld((response) => {
    const block = Buffer.alloc(256 * 1024);
    const more = () => {
      while (!response.destroyed && response.write(block)) sent += block.length;
      sent += block.length;
    };
    response.on('drain', more);
    more();
  });
  await expect(fetch('https://cdn.example/a.png')).rejects.toMatchObject({ code: 'image.bytes' });
  expect(sent).toBeLessThan(4 * LIMITS.uploadBytes);
});

test('a host that is silent, or dribbles, is given up', async () => {
  const silent = await aWorld(() => {}, { timeout: 100 });
  await expect(silent.fetch('https://cdn.example/a.png')).rejects.toThrow('its host took too long');
  const dribbling = await aWorld(
    (response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    },
    { timeout: 150 },
  );
  await expect(dribbling.fetch('https://cdn.example/a.png')).rejects.toThrow('its host took too long');
});

test('a connection that breaks in the middle is no picture', async () => {
  const { fetch } = await aWorld((response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('x');
    setImmediate(() => response.destroy());
  });
  await expect(fetch('https://cdn.example/a.png')).rejects.toMatchObject({ code: 'picture.unreachable' });
});

test('a host that nobody knows, and one that does not answer', async () => {
  const { fetch } = await aWorld(sendPng, { names: {} });
  await expect(fetch('https://cdn.example/a.png')).rejects.toThrow('its host cannot be found');
  const broken = await aWorld((response) => response.destroy());
  await expect(broken.fetch('https://cdn.example/a.png')).rejects.toThrow('the connection failed');
});

test('what comes must be a picture', async () => {
  const { fetch } = await aWorld((response) => response.end('<html>sign in</html>'));
  await expect(fetch('https://cdn.example/a.png')).rejects.toMatchObject({ code: 'image.type' });
});
