/** The page on one machine, and beyond it with a token: who is let in, and what other sites' pages cannot do. */
import { describe, expect, test } from 'vitest';
import { processorTimeUntil } from '../../processor-time.ts';
import { aStudio } from './a-studio.ts';

const TOKEN = 'correct-horse-battery';

describe('without a token', () => {
  test.each([
    'evil.example',
    'evil.example:3535',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '[::1',
  ])('the host name %j is not answered: a site cannot point its own name here', async (host) => {
    const studio = await aStudio();
    const answer = await studio.ask('/api/messages', { headers: { host } });
    expect(answer.status).toBe(403);
  });

  test.each(['localhost', 'LOCALHOST:3535', '127.0.0.1:80', '[::1]:3535', '127.5.5.5'])(
    'the host name %s is',
    async (host) => {
      const studio = await aStudio();
      expect((await studio.ask('/api/messages', { headers: { host } })).status).toBe(200);
    },
  );

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:9999' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a page elsewhere cannot make a browser ask for pictures: %j', async (headers) => {
    const studio = await aStudio();
    const answer = await studio.post('/api/imagine', { prompt: 'x' }, headers);
    expect(answer.status).toBe(403);
    expect(answer.json().code).toBe('http.origin');
  });

  test('our own page can', async () => {
    const studio = await aStudio();
    const { host, origin } = new URL(studio.address);
    const headers = { host, origin, 'sec-fetch-site': 'same-origin' };
    expect((await studio.post('/api/imagine', { prompt: 'x', steps: 1 }, headers)).status).toBe(202);
  });

  test('a form of another site cannot be read as a request', async () => {
    const studio = await aStudio();
    const answer = await studio.ask('/api/imagine', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"prompt":"x"}',
    });
    expect(answer.status).toBe(415);
  });
});

describe('with a token', () => {
  test('nothing is told or done without it, but health', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    for (const path of ['/api/messages', '/api/me', '/api/options', '/api/events', '/api/status']) {
      const answer = await studio.ask(path);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
    expect((await studio.post('/api/imagine', { prompt: 'x' })).status).toBe(401);
    for (const path of ['/', '/healthz', '/metrics', '/page/page.css']) {
      expect((await studio.ask(path)).status).toBe(200);
    }
  });

  test('a program sends it as a bearer token, under any host name', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    const headers = { authorization: `Bearer ${TOKEN}`, host: 'studio.example' };
    expect((await studio.post('/api/imagine', { prompt: 'x', steps: 1 }, headers)).status).toBe(202);
  });

  test('a browser types it once and keeps a key that is not the token', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    expect((await studio.post('/api/login', { token: 'wrong' })).status).toBe(401);
    const answer = await studio.post('/api/login', { token: TOKEN });
    expect(answer.status).toBe(204);
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).not.toContain(TOKEN);
    const headers = { cookie: cookie.split(';')[0]! };
    expect((await studio.ask('/api/messages', { headers })).status).toBe(200);
  });

  test('guessing is slowed down, and the token stands in no log', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    const statuses = [];
    for (let i = 0; i < 12; i++) {
      const headers = { authorization: `Bearer guess-${i}` };
      statuses.push((await studio.ask('/api/messages', { headers })).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect((await studio.post('/api/login', { token: TOKEN })).status).toBe(429);
    expect(studio.logged.join('')).not.toContain(TOKEN);
  });

  test('300 wrong passwords and then the right one: it is not looked at, in whatever way it comes', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    const tries = {
      bearer: (i: number) => studio.ask('/api/me', { headers: { authorization: `Bearer guess-${i}` } }),
      cookie: (i: number) => studio.ask('/api/me', { headers: { cookie: `darkroom_key=guess-${i}` } }),
      login: (i: number) => studio.post('/api/login', { token: `guess-${i}` }),
    };
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) {
      const way = (['bearer', 'cookie', 'login'] as const)[i % 3]!;
      statuses.push((await tries[way](i)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), ...Array(20).fill(429)]);
    const right = { authorization: `Bearer ${TOKEN}` };
    expect((await studio.ask('/api/me', { headers: right })).status).toBe(429);
    expect((await studio.post('/api/login', { token: TOKEN })).status).toBe(429);
  });

  test('guesses of one visitor behind a proxy lock out neither the others nor whoever is in already', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN, TRUSTED_PROXIES: 'loopback' } });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const login = await studio.post('/api/login', { token: TOKEN }, from('1.1.1.1'));
    const key = login.headers['set-cookie']![0]!.split(';')[0]!;
    for (let i = 0; i < 30; i++) await studio.post('/api/login', { token: `${i}` }, from('1.1.1.1'));
    expect((await studio.post('/api/login', { token: TOKEN }, from('1.1.1.1'))).status).toBe(429);
    expect((await studio.post('/api/login', { token: TOKEN }, from('2.2.2.2'))).status).toBe(204);
    const headers = { cookie: key, ...from('1.1.1.1') };
    expect((await studio.ask('/api/me', { headers })).status).toBe(200);
  });

  test('a visitor who leaves out a cookie is nobody else, and no moderator', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    const login = async () =>
      (await studio.post('/api/login', { token: TOKEN })).headers['set-cookie']![0]!.split(';')[0]!;
    const [mine, theirs] = [await login(), await login()];
    const me = (await studio.ask('/api/me', { headers: { cookie: mine } })).json();
    expect(me).toMatchObject({ moderator: false, name: 'Guest' });
    expect((await studio.ask('/api/me', { headers: { cookie: theirs } })).json().id).not.toBe(me.id);
    const person = `darkroom_person=${'aa'.repeat(16)}`;
    const asked = await studio.post(
      '/api/imagine',
      { prompt: 'x', steps: 1 },
      { cookie: `${mine}; ${person}` },
    );
    const path = `/api/jobs/${asked.json().id}`;
    expect((await studio.ask(path, { method: 'DELETE', headers: { cookie: mine } })).status).toBe(403);
    const bearer = { authorization: `Bearer ${TOKEN}` };
    expect((await studio.ask('/api/me', { headers: bearer })).json().moderator).toBe(true);
    expect((await studio.ask(path, { method: 'DELETE', headers: bearer })).status).toBe(204);
  });

  test('a key that is not valid any more is taken back, so that the browser does not go on guessing', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    const answer = await studio.ask('/api/me', { headers: { cookie: 'darkroom_key=old' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['set-cookie']![0]).toMatch(/^darkroom_key=; .*Max-Age=0/);
  });

  test('only the requester or the operator deletes', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    const [key = ''] = (await studio.post('/api/login', { token: TOKEN })).headers['set-cookie'] ?? [];
    const as = (who: string) => ({ cookie: `${key.split(';')[0]}; darkroom_person=${who.repeat(16)}` });
    const { id } = (await studio.post('/api/imagine', { prompt: 'x', steps: 1 }, as('aa'))).json();
    const path = `/api/jobs/${id}`;
    expect((await studio.ask(path, { method: 'DELETE', headers: as('bb') })).status).toBe(403);
    expect((await studio.ask(path, { method: 'DELETE', headers: as('aa') })).status).toBe(204);
  });
});

test('fresh cookies do not escape the limits: an address has what four people have', async () => {
  const studio = await aStudio({
    env: { MAX_WAITING_PER_PERSON: '1', MAX_AT_ONCE_PER_PERSON: '3', MAX_PER_MINUTE_PER_PERSON: '1' },
    stepTime: 10_000,
  });
  const statuses: number[] = [];
  let last = '';
  for (let i = 0; i < 8; i++) {
    const cookie = `darkroom_person=${i.toString(16).repeat(32)}`;
    const answer = await studio.post('/api/imagine', { prompt: 'x' }, { cookie });
    statuses.push(answer.status);
    last = answer.text;
  }
  // One is drawn, four wait.
  expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429, 429]);
  expect(JSON.parse(last)).toMatchObject({ code: 'limit.address' });
});

test('whoever had everything forgotten is let in as before', async () => {
  const studio = await aStudio({ stepTime: 300 });
  const cookie = `darkroom_person=${'a'.repeat(32)}`;
  const imagine = () => studio.post('/api/imagine', { prompt: 'x', steps: 50 }, { cookie });
  for (let i = 0; i < 2; i++) expect((await imagine()).status).toBe(202);
  const forgotten = await studio.post('/api/command', { text: '/forget-me --confirm yes' }, { cookie });
  expect(forgotten.status).toBe(200);
  expect((await studio.ask('/api/messages')).json().messages).toEqual([]);
  expect((await imagine()).status).toBe(202);
});

describe('hostile requests', () => {
  test('a guidance of 120,000 digits kept the service silent for minutes: it is refused by its length', async () => {
    const studio = await aStudio();
    const time = await processorTimeUntil(async () => {
      for (const cfg of [`${'1'.repeat(60_000)}x`, '1'.repeat(60_000), `${' '.repeat(60_000)}x`]) {
        const answer = await studio.post('/api/imagine', { prompt: 'x', cfg });
        expect(answer.status).toBe(400);
        expect(answer.json().error).toMatch(/^cfg is ".{1,210}"; allowed: a number from 0 to 30\.$/);
      }
    });
    expect(time).toBeLessThan(3_000);
  });

  test.each([
    [{ shift: 1e-300 }, 'sampling.impossible'],
    [{ shift: 1e-9, scheduler: 'beta', steps: 100 }, 'sampling.impossible'],
    [{ shift: 1e300 }, 'option.value'],
    [{ cfg: 1e300 }, 'option.value'],
    [{ cfg: '1e999' }, 'option.value'],
    [{ steps: 1e300 }, 'option.value'],
    [{ size: '99999x99999' }, 'option.value'],
    [{ prompt: '(fox:1e300)' }, 'prompt.weight'],
    [{ prompt: '(fox:nan)' }, 'prompt.weight'],
    [{ prompt: `${'('.repeat(990)}fox${')'.repeat(990)}` }, 'prompt.weight'],
  ])('%j cannot be computed and is refused at the door', async (options, code) => {
    const studio = await aStudio();
    const answer = await studio.post('/api/imagine', { prompt: 'a red circle', ...options });
    expect([answer.status, answer.json().code]).toEqual([400, code]);
  });

  test.each([
    '/../../etc/passwd',
    '/page/../../../package.json',
    '/page/%2e%2e/main.ts',
    '/page/..%2fmain.ts',
    '//evil.example/',
    '/api/jobs/..%2f..%2f/1.png',
    '/page/',
    '/page/nothing.js',
    '/\\..\\x',
    '/%',
    '/page/%zz',
    '/api/jobs/%ff/1.png',
    '/HEALTHZ',
    '/healthz/',
  ])('%s leads nowhere', async (path) => {
    const studio = await aStudio();
    const answer = await studio.ask(path);
    expect(answer.status).toBe(404);
    expect(answer.json().code).toBe('http.not_found');
  });

  test('a body that is too long is not read', async () => {
    const studio = await aStudio();
    const headers = { 'content-type': 'application/json', 'content-length': String(1e9) };
    const answer = await studio.ask('/api/imagine', { method: 'POST', headers, body: '{' }).catch(() => null);
    expect(answer === null || answer.status === 413).toBe(true);
    const long = JSON.stringify({ name: 'x'.repeat(100_000) });
    const json = { 'content-type': 'application/json' };
    const second = await studio.ask('/api/me', { method: 'POST', headers: json, body: long });
    expect(second.status).toBe(413);
  });

  test('a picture that is too large is refused with its sentence, which arrives while it is still being sent', async () => {
    const studio = await aStudio();
    const image = Buffer.alloc(50 * 2 ** 20, 1).toString('base64');
    const answer = await fetch(`${studio.address}api/imagine`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'x', image }),
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'http.body_bytes' });
    const form = new FormData();
    form.append('prompt', 'x');
    form.append('image', new Blob([new Uint8Array(11 * 2 ** 20)]), 'a.png');
    const second = await fetch(`${studio.address}api/imagine`, { method: 'POST', body: form });
    expect(second.status).toBe(400);
    expect(await second.json()).toMatchObject({ code: 'image.bytes' });
  });

  test.each(['[1]', 'null', '{', '"x"', '{"prompt":"x"}}'])('the body %s is refused', async (body) => {
    const studio = await aStudio();
    const headers = { 'content-type': 'application/json' };
    const answer = await studio.ask('/api/imagine', { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(answer.json().code).toBe('http.body');
  });

  test('a method that a path does not take names those it takes', async () => {
    const studio = await aStudio();
    const answer = await studio.ask('/api/imagine', { method: 'PUT' });
    expect(answer.status).toBe(405);
    expect(answer.json().error).toContain('allowed: POST');
    const asked = await studio.ask('/api/me', { method: 'OPTIONS' });
    expect([asked.status, asked.headers.allow]).toEqual([405, undefined]);
    expect(asked.json().error).toContain('allowed: GET, POST');
  });

  test('what is refused without a body on its way leaves the connection open', async () => {
    const studio = await aStudio();
    const nothing = await fetch(`${studio.address}nothing`);
    expect([nothing.status, nothing.headers.get('connection')]).toEqual([404, 'keep-alive']);
    const body = new ReadableStream({ pull: (control) => control.enqueue(new Uint8Array(70_000)) });
    const endless = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } };
    const refused = await fetch(`${studio.address}api/me`, endless as RequestInit);
    expect([refused.status, refused.headers.get('connection')]).toEqual([413, 'close']);
  });

  test('HEAD is answered as GET is, without a body', async () => {
    const studio = await aStudio();
    for (const path of ['/', '/healthz', '/api/options', '/page/main.js']) {
      const { status, text, headers } = await studio.ask(path, { method: 'HEAD' });
      expect([status, text]).toEqual([200, '']);
      expect(Number(headers['content-length'])).toBeGreaterThan(0);
    }
  });

  test('neither says with what it is made, nor counts a path that is not there as a guess', async () => {
    const studio = await aStudio({ env: { API_TOKEN: TOKEN } });
    for (let i = 0; i < 12; i++) {
      const answer = await studio.ask('/favicon.ico', { headers: { cookie: 'darkroom_key=old' } });
      expect([answer.status, answer.headers['x-powered-by']]).toEqual([404, undefined]);
    }
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await studio.ask('/api/me', { headers })).status).toBe(200);
  });

  test('every answer forbids what the page does not need', async () => {
    const studio = await aStudio();
    for (const path of ['/', '/api/messages', '/nothing', '/healthz', '/page/main.js']) {
      const { headers } = await studio.ask(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    }
  });

  test('a name is one short line, whatever was sent', async () => {
    const studio = await aStudio();
    const answer = await studio.post('/api/me', { name: `  a\u202e\u0000\n b${'c'.repeat(100)}` });
    expect(answer.json().name).toBe(`a b${'c'.repeat(29)}`);
    expect((await studio.post('/api/me', { name: '\u200b ' })).status).toBe(400);
  });
});
