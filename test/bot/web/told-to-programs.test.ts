/** What programs read: every value of a job, of the queue and of who somebody is, as it stands in the answers. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { progressJson } from '../../../bot/web/message.ts';
import { aStudio } from './a-studio.ts';

const from = (person: string) => ({ cookie: `darkroom_person=${person.repeat(32)}` });
const TIME = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('a job says all that made it, when, and where its pictures are', async () => {
  const studio = await aStudio();
  const id = await studio.imagine({ seed: 7, count: 2, negative: 'green', cfg: 3.5, size: '64x48' });
  const job = await studio.until(id, 'delivered');
  expect(job).toEqual({
    id,
    state: 'delivered',
    place: null,
    step: 3,
    attempts: 1,
    request: expect.objectContaining({
      ...{ prompt: 'a red boat', negative: 'green', seed: 7, count: 2, cfg: 3.5, steps: 3 },
      ...{ width: 64, height: 48, model: 'nano' },
    }),
    pictures: [`/api/jobs/${id}/1.png`, `/api/jobs/${id}/2.png`],
    error: null,
    timings: expect.objectContaining({ total_ms: expect.any(Number) }),
    created_at: expect.stringMatching(TIME),
    started_at: expect.stringMatching(TIME),
    ended_at: expect.stringMatching(TIME),
  });
  for (const hidden of ['previews', 'keepTensors', 'files', 'init'])
    expect(job.request).not.toHaveProperty(hidden);
});

test('a value that cannot become text is refused in a sentence, whatever its own way of becoming text is', async () => {
  const studio = await aStudio({ env: { API_TOKEN: 'the-right-password' } });
  const bearer = { authorization: 'Bearer the-right-password' };
  const made = await studio.post('/api/imagine', { prompt: 'a red boat', steps: 1 }, bearer);
  const stubborn = { toString: 1, valueOf: 1 };
  const answers = await Promise.all([
    studio.post('/api/me', { name: stubborn }, bearer),
    studio.post('/api/command', { text: stubborn }, bearer),
    studio.post('/api/imagine', { prompt: stubborn }, bearer),
    studio.post(`/api/jobs/${made.json().id}/vary`, { picture: stubborn }, bearer),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  for (const answer of answers) expect(answer.json().error).toContain('{"toString":1,"valueOf":1}');
  expect((await studio.post('/api/login', { token: stubborn })).json().code).toBe('http.token_wrong');
  expect(studio.logged.filter((line) => line.includes('"error"'))).toEqual([]);
});

describe('while one is drawn and two wait', () => {
  async function three() {
    const studio = await aStudio({ stepTime: 300 });
    await vi.waitFor(async () => expect((await studio.ask('/readyz')).status).toBe(200), 60_000);
    const ids: string[] = [];
    for (const who of ['a', 'b', 'a']) {
      const body = { prompt: `for ${who}`, steps: 100 };
      ids.push((await studio.post('/api/imagine', body, from(who))).json().id);
    }
    onTestFinished(async () => {
      for (const id of ids) await studio.ask(`/api/jobs/${id}`, { method: 'DELETE' });
    });
    await studio.until(ids[0]!, 'running');
    return { studio, ids };
  }

  test('each says its place, the status all of them, and cancelling says what it did', async () => {
    const { studio, ids } = await three();
    const waiting = (await studio.ask(`/api/jobs/${ids[2]}`)).json();
    expect(waiting).toMatchObject({ state: 'queued', phase: 'waiting', place: 2, step: 0, pictures: [] });
    expect([waiting.started_at, waiting.ended_at]).toEqual([null, null]);

    const { status, json } = await studio.ask('/api/status');
    expect(status).toBe(200);
    expect(json()).toMatchObject({
      devices: [{ device: 'cpu', state: 'busy', ready: true }],
      not_used: expect.any(Array),
      waiting: 2,
      queue: [
        { position: 1, id: ids[1], prompt: 'for b', by: { name: 'Guest' } },
        { position: 2, id: ids[2], prompt: 'for a', by: { name: 'Guest' } },
      ],
    });

    const cancelled = await studio.ask(`/api/jobs/${ids[1]}/cancel`, { method: 'POST', headers: from('b') });
    expect([cancelled.status, cancelled.json()]).toEqual([200, { id: ids[1], state: 'cancelled' }]);
    const placeOf = async (id: string) => (await studio.ask(`/api/jobs/${id}`)).json().place;
    await vi.waitFor(async () => expect(await placeOf(ids[2]!)).toBe(1), 60_000);
  });
});

test('messages come newest first, thirty at a time, and say whether there are older ones', async () => {
  const studio = await aStudio();
  const ids: string[] = [];
  for (let i = 0; i < 31; i++) ids.unshift(await studio.imagine({ steps: 1 }));
  for (const id of ids) await studio.until(id, 'delivered');
  for (const path of ['/api/messages', '/api/gallery']) {
    const first = await studio.ask(path);
    expect(first.status).toBe(200);
    const { messages, more } = first.json();
    expect(messages.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 30));
    expect(more).toBe(true);
    const rest = (await studio.ask(`${path}?before=${messages.at(-1).id}`)).json();
    expect(rest.messages.map(({ id }: { id: string }) => id)).toEqual(ids.slice(30));
    expect(rest.more).toBe(false);
  }
});

describe('who somebody is', () => {
  test('is a name of their own choice, in one line, and twelve digits', async () => {
    const studio = await aStudio();
    const me = await studio.ask('/api/me', { headers: from('a') });
    expect([me.status, me.json()]).toEqual([
      200,
      { id: expect.stringMatching(/^[0-9a-f]{12}$/), name: 'Guest', moderator: true, needsToken: false },
    ]);
    const named = await studio.post('/api/me', { name: '  Anna\n \u0007Maria ' }, from('a'));
    expect(named.json()).toEqual({ ...me.json(), name: 'Anna Maria' });
    const [cookie = ''] = named.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^darkroom_name=Anna%20Maria; Max-Age=31536000;.*HttpOnly; SameSite=Lax$/);
    const long = await studio.post('/api/me', { name: '🦊'.repeat(40) }, from('a'));
    expect([...long.json().name]).toHaveLength(32);
  });

  test.each([undefined, '', ' \n ', '\u200b\u2028', 5, ['a']])('is not %j', async (name) => {
    const studio = await aStudio();
    const answer = await studio.post('/api/me', { name }, from('a'));
    expect([answer.status, answer.json().code]).toEqual([400, 'option.value']);
    expect(answer.json().error).toContain('1 to 32');
  });

  test('is nobody’s business on the page: its files and its language need no name', async () => {
    const studio = await aStudio();
    const page = await studio.ask('/', { headers: { 'accept-language': 'fr' } });
    expect(page.text).toContain('<html lang="fr"');
    expect(page.headers['set-cookie']?.[0]).toMatch(/^darkroom_person=[0-9a-f]{32}; Max-Age=31536000;/);
    const again = await studio.ask('/?language=ja', { headers: from('a') });
    expect(again.text).toContain('<html lang="ja"');
    expect(again.headers).not.toHaveProperty('set-cookie');
    expect((await studio.ask('/?language=xx')).text).toContain('<html lang="en"');
  });
});

test('where an unfinished job is, in each of its phases', () => {
  expect(progressJson(undefined)).toEqual({});
  expect(progressJson({ phase: 'waiting', position: 3, startsIn: 1_240, endsIn: 61_260 })).toEqual({
    ...{ phase: 'waiting', place: 3, starts_in_s: 1.2, ends_in_s: 61.3 },
  });
  expect(progressJson({ phase: 'step', index: 2, total: 28, endsIn: 940 })).toEqual({
    ...{ phase: 'step', step: 2, steps: 28, ends_in_s: 0.9 },
  });
  for (const phase of ['starting', 'loading', 'encoding'] as const)
    expect(progressJson({ phase, total: 28 })).toEqual({ phase, step: 0, steps: 28 });
  expect(progressJson({ phase: 'decoding', total: 28 })).toEqual({ phase: 'decoding', step: 28, steps: 28 });
});

test('everything that happens is told to whoever listens, and again to who comes back', async () => {
  const studio = await aStudio();
  /** Listens until all of it was heard. @returns the id of the last word */
  async function hear(query: string, ...wanted: RegExp[]): Promise<string> {
    const leave = new AbortController();
    const answer = await fetch(new URL(`/api/events${query}`, studio.address), { signal: leave.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let heard = '';
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      heard += piece;
      if (wanted.every((one) => one.test(heard))) break;
    }
    leave.abort();
    return heard
      .match(/^id: (.+)$/gm)!
      .at(-1)!
      .slice('id: '.length);
  }
  const first = await hear('', /event: hello\n.*\ndata: \{"anew":true\}/, /event: status\ndata: \{"devices"/);
  const id = await studio.imagine({ steps: 1 });
  await studio.until(id, 'delivered');
  const message = new RegExp(`event: message\\n.*\\ndata: \\{"id":"${id}"`);
  await hear(`?after=${first}`, /data: \{"anew":false\}/, message);
  await hear('?after=another-1', /data: \{"anew":true\}/);
});
