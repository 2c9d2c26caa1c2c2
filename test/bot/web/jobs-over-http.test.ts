/** The JSON interface as a script uses it. */
import { describe, expect, test } from 'vitest';
import { encodePng } from '../../../pipeline/image/png.ts';
import { aStudio } from './a-studio.ts';

describe('asking for a picture', () => {
  test('is accepted with an id, and the job can be followed to its picture', async () => {
    const studio = await aStudio();
    const answer = await studio.post('/api/imagine', {
      prompt: 'a red boat',
      seed: 7,
      steps: 3,
      aspect: '1:1',
    });
    expect(answer.status).toBe(202);
    const { id } = answer.json();
    expect(answer.headers.location).toBe(`/api/jobs/${id}`);
    const job = await studio.until(id, 'delivered');
    expect(job.request).toMatchObject({ prompt: 'a red boat', seed: 7, steps: 3, model: 'nano' });
    expect(job.pictures).toEqual([`/api/jobs/${id}/1.png`]);
    expect(job.error).toBeNull();
    const picture = await studio.ask(job.pictures[0]);
    expect(picture.status).toBe(200);
    expect(picture.headers['content-type']).toBe('image/png');
    const download = await studio.ask(`${job.pictures[0]}?download`);
    expect(download.headers['content-disposition']).toContain('darkroom-7-1.png');
  });

  test.each([
    [{}, 'prompt is missing'],
    [{ prompt: 'x', steps: 0 }, 'steps is "0"; allowed: a whole number from 1 to 150'],
    [{ prompt: 'x', seed: -1 }, 'seed is "-1"'],
    [{ prompt: 'x', model: 'huge' }, 'model is "huge"; installed: nano'],
    [{ prompt: 'x', wand: 1 }, '"wand" is not an option'],
    [{ prompt: { a: 1 } }, 'prompt is "{"a":1}"'],
    [{ prompt: 'x', image: '%%%' }, 'image is "%%%"'],
    [{ prompt: 'x', image: 'aGVsbG8=' }, 'image is not a picture that can be used'],
    [{ prompt: 'x', strength: 0.5 }, 'strength works only with image'],
    [{ prompt: 'x', remix_of: '../../etc' }, 'cannot be found any more'],
  ])('%j is refused with its sentence', async (body, sentence) => {
    const studio = await aStudio();
    const answer = await studio.post('/api/imagine', body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.json().error).toContain(sentence);
    expect(answer.json().code).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(studio.renderer.begun.filter(({ id }) => id !== 'warm-up')).toEqual([]);
  });

  test('too much at once is refused with the time to come back', async () => {
    const studio = await aStudio({ env: { MAX_WAITING_PER_PERSON: '2' }, stepTime: 50 });
    for (let i = 0; i < 3; i++) await studio.imagine({ steps: 50 });
    const answer = await studio.post('/api/imagine', { prompt: 'one more' });
    expect(answer.status).toBe(429);
    const { error, code, retry_after_s } = answer.json();
    expect(code).toBe('limit.person_waiting');
    expect(error).toContain('You already have 2 requests waiting');
    expect(retry_after_s).toBeGreaterThan(0);
    expect(answer.headers['retry-after']).toBe(String(retry_after_s));
  });

  test('alone on their own machine somebody may have more than three waiting, until somebody else waits too', async () => {
    const studio = await aStudio({ env: { MAX_WAITING_PER_PERSON: '' }, stepTime: 50 });
    const headers = { cookie: `darkroom_person=${'ab'.repeat(16)}` };
    const ask = async (as = {}) => {
      return (await studio.post('/api/imagine', { prompt: 'a red boat', steps: 150 }, as)).json().code;
    };
    for (let i = 0; i < 9; i++) expect(await ask(headers)).toBeUndefined();
    for (let i = 0; i < 3; i++) expect(await ask()).toBeUndefined();
    expect(await ask()).toBe('limit.person_waiting');
    expect(await ask(headers)).toBe('limit.person_waiting');
  });

  test.each([
    ['PERSON', 'limit.person_rate', 30],
    ['CHANNEL', 'limit.channel_rate', 10],
  ])('many requests in a short time are refused, as the settings say: %s', async (whose, code, seconds) => {
    const studio = await aStudio({
      env: { [`MAX_AT_ONCE_PER_${whose}`]: '2', [`MAX_PER_MINUTE_PER_${whose}`]: String(60 / seconds) },
    });
    await studio.imagine();
    await studio.imagine();
    const answer = await studio.post('/api/imagine', { prompt: 'one more' });
    expect(answer.status).toBe(429);
    expect(answer.json()).toMatchObject({ code, retry_after_s: seconds });
  });

  test('a start picture may come as base64 or as a file of a form', async () => {
    const studio = await aStudio();
    const png = await encodePng({ width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(120) });
    const base64 = Buffer.from(png).toString('base64');
    const first = await studio.imagine({ image: `data:image/png;base64,${base64}`, strength: 0.4 });
    const form = new FormData();
    form.append('prompt', 'a red boat');
    form.append('steps', '3');
    form.append('image', new Blob([new Uint8Array(png)], { type: 'image/png' }), 'start.png');
    const encoded = new Response(form);
    const second = await studio.ask('/api/imagine', {
      method: 'POST',
      headers: { 'content-type': encoded.headers.get('content-type')! },
      body: new Uint8Array(await encoded.arrayBuffer()),
    });
    expect(second.status).toBe(202);
    expect((await studio.until(first, 'delivered')).request.strength).toBe(0.4);
    await studio.until(second.json().id, 'delivered');
    const starts = studio.renderer.begun.flatMap(({ init }) => (init === undefined ? [] : [init.image]));
    expect(starts.map((bytes) => Buffer.from(bytes).equals(png))).toEqual([true, true]);
  });
});

describe('a job', () => {
  test('is told as events, steps with previews, until it is done; then nobody is to come again', async () => {
    const studio = await aStudio({ stepTime: 20 });
    // It waits behind another until somebody listens: on a busy machine it would be done before.
    const before = await studio.imagine({ steps: 150 });
    const id = await studio.imagine({ steps: 6 });
    const listening = studio.ask(`/api/jobs/${id}/events`);
    await studio.ask('/healthz');
    await studio.post(`/api/jobs/${before}/cancel`);
    const stream = await listening;
    expect(stream.headers['content-type']).toContain('text/event-stream');
    const events = [...stream.text.matchAll(/event: (\w+)\nid: (\w+)\ndata: (.*)\n/g)].map(
      ([, event, , data]) => ({ event, data: JSON.parse(data!) }),
    );
    const steps = events.filter(({ event }) => event === 'step');
    expect(steps.length).toBeGreaterThan(2);
    expect(steps.at(-1)!.data).toMatchObject({ step: 6, steps: 6 });
    expect(steps[0]!.data.preview).toMatch(/^data:image\/webp;base64,/);
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { id, state: 'delivered' } });
    const again = await studio.ask(`/api/jobs/${id}/events`, { headers: { 'last-event-id': 'done' } });
    expect(again.status).toBe(204);
  });

  test('can be rolled again, varied and finalized; each result knows its parent', async () => {
    const studio = await aStudio();
    const id = await studio.imagine({ model: 'nano-turbo', seed: 5 });
    await studio.until(id, 'delivered');
    for (const kind of ['reroll', 'vary', 'finalize']) {
      const answer = await studio.post(`/api/jobs/${id}/${kind}`);
      expect(answer.status).toBe(202);
      const job = await studio.until(answer.json().id, 'delivered');
      expect(job.origin).toMatchObject({ kind, job: id });
      if (kind === 'finalize') expect(job.request).toMatchObject({ model: 'nano', seed: 5 });
      else expect(job.request.seed).not.toBe(5);
    }
  });

  test('that is no draft cannot be finalized', async () => {
    const studio = await aStudio();
    const id = await studio.imagine({ model: 'nano' });
    await studio.until(id, 'delivered');
    const answer = await studio.post(`/api/jobs/${id}/finalize`);
    expect(answer.status).toBe(409);
    expect(answer.json().code).toBe('job.not_a_draft');
  });

  test('can be cancelled while it runs, once', async () => {
    const studio = await aStudio({ stepTime: 20 });
    const id = await studio.imagine({ steps: 100 });
    await studio.until(id, 'running');
    expect((await studio.post(`/api/jobs/${id}/cancel`)).json()).toEqual({ id, state: 'cancelled' });
    expect((await studio.post(`/api/jobs/${id}/cancel`)).status).toBe(409);
  });

  test('can be deleted with its picture', async () => {
    const studio = await aStudio();
    const id = await studio.imagine();
    const { pictures } = await studio.until(id, 'delivered');
    expect((await studio.ask(`/api/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await studio.ask(pictures[0])).status).toBe(404);
    expect((await studio.ask(`/api/jobs/${id}`)).json()).toMatchObject({ code: 'job.deleted' });
    expect((await studio.ask('/api/messages')).json().messages).toEqual([]);
  });

  test.each(['nothing', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '%2e%2e', '..', 'a'.repeat(5000)])(
    'by the id %.30s is not known',
    async (id) => {
      const studio = await aStudio();
      for (const path of [`/api/jobs/${id}`, `/api/jobs/${id}/1.png`, `/api/jobs/${id}/events`]) {
        expect((await studio.ask(path)).status).toBe(404);
      }
    },
  );

  test('always says its place and its step: in the queue, while it is drawn, and at the end', async () => {
    const studio = await aStudio({ stepTime: 20 });
    const [first, second] = [await studio.imagine({ steps: 20 }), await studio.imagine({ steps: 2 })];
    expect((await studio.ask(`/api/jobs/${second}`)).json()).toMatchObject({
      state: 'queued',
      place: 1,
      step: 0,
    });
    const running = await studio.until(first, 'running');
    expect(running.place).toBeNull();
    expect(running.step).toBeGreaterThanOrEqual(0);
    expect(await studio.until(second, 'delivered')).toMatchObject({ place: null, step: 2 });
  });

  test('has as many pictures as it has, counted from 1', async () => {
    const studio = await aStudio();
    const id = await studio.imagine();
    const done = await studio.until(id, 'delivered');
    for (const n of ['0', '2', '99999999999999999999', '1e0', '-1']) {
      expect((await studio.ask(`/api/jobs/${id}/${n}.png`)).status).toBe(404);
    }
    expect(done.pictures).toHaveLength(1);
  });

  test('of several pictures has each of them picked by its number, and no other', async () => {
    const studio = await aStudio();
    const id = await studio.imagine({ count: 3 });
    await studio.until(id, 'delivered');
    const pick = (picture: unknown) => studio.post(`/api/jobs/${id}/pick`, { picture });
    for (const picture of [undefined, null, 1, '2', 3]) expect((await pick(picture)).status).toBe(202);
    for (const picture of [0, 4, -1, 1.5, '', 'two', [2], {}, true]) {
      const { status, json } = await pick(picture);
      expect([picture, status, json().code]).toEqual([picture, 400, 'option.value']);
    }
    expect((await pick(4)).json().error).toContain('a whole number from 1 to 3');
  });
});

test('a typed line is a command; what is chosen beside it applies where it says nothing', async () => {
  const studio = await aStudio();
  const typed = await studio.post('/api/command', {
    text: '/imagine a red boat --seed 3 --steps 4',
    model: 'nano-turbo',
    seed: '9',
  });
  expect(typed.status).toBe(202);
  const job = await studio.until(typed.json().id, 'delivered');
  expect(job.request).toMatchObject({ seed: 3, steps: 4, model: 'nano-turbo', prompt: 'a red boat' });

  const words = await studio.post('/api/command', { text: 'only words' });
  expect((await studio.until(words.json().id, 'delivered')).request.prompt).toBe('only words');

  const queue = await studio.post('/api/command', { text: '/queue' });
  expect(queue.json().reply).toMatchObject({ private: true, title: 'Queue' });

  const wrong = await studio.post('/api/command', { text: '/imagne a boat' });
  expect(wrong.status).toBe(400);
  expect(wrong.json().error).toContain('/imagne');

  const nothing = await studio.post('/api/command', { model: 'nano' });
  expect(nothing.json().error).toBe('text is missing; it is required.');
});

test('a shape that is typed goes before one that was chosen beside the text, and a chosen size before a shape', async () => {
  const studio = await aStudio();
  const chosen = { aspect: '3:2', size: '192x192' };
  const typed = await studio.post('/api/command', { text: 'a boat --ar 1:2', ...chosen });
  const { width, height } = (await studio.until(typed.json().id, 'delivered')).request;
  expect(height).toBeGreaterThan(width);
  const beside = await studio.post('/api/command', { text: 'a boat', ...chosen });
  expect((await studio.until(beside.json().id, 'delivered')).request).toMatchObject({
    width: 192,
    height: 192,
  });
});

test('what applies where nothing is said is told, with what somebody chose for themselves', async () => {
  const studio = await aStudio();
  const defaults = async () => (await studio.ask('/api/options')).json().defaults;
  expect(await defaults()).toEqual({ model: 'nano', count: 1 });
  await studio.post('/api/command', {
    text: '/settings --model nano-turbo --style anime --aspect 3:2 --count 2',
  });
  expect(await defaults()).toEqual({ model: 'nano-turbo', style: 'anime', shape: '3:2', count: 2 });
});

test("the gallery has finished pictures only, one's own when asked", async () => {
  const studio = await aStudio({ stepTime: 10 });
  const cookie = `darkroom_person=${'ab'.repeat(16)}; darkroom_name=Anna`;
  const own = await studio.post('/api/imagine', { prompt: 'mine', steps: 2 }, { cookie });
  await studio.until(own.json().id, 'delivered');
  const other = await studio.imagine({ prompt: 'other' });
  await studio.until(other, 'delivered');
  const cancelled = await studio.imagine({ steps: 100 });
  await studio.post(`/api/jobs/${cancelled}/cancel`);
  const prompts = (answer: { json(): { messages: { facts: { prompt: string } }[] } }) =>
    answer.json().messages.map(({ facts }) => facts.prompt);
  expect(prompts(await studio.ask('/api/gallery'))).toEqual(['other', 'mine']);
  expect(prompts(await studio.ask('/api/gallery?of=me', { headers: { cookie } }))).toEqual(['mine']);
});
