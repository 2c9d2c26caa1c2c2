/** What people ask for in a chat elsewhere is not the page's business: neither the pictures nor the words. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { openLog } from '../../../bot/log.ts';
import { commandRunner } from '../../../bot/run-command.ts';
import { openWeb } from '../../../bot/web/web.ts';
import { aHouse } from '../a-house.ts';
import { aDesk, anOrder, GENEROUS } from '../jobs/a-desk.ts';
import { ANNA } from '../jobs/a-job.ts';

const CHAT = { surface: 'discord', channel: 'dm 1' };

async function aPage() {
  const { desk, clock, store } = await aDesk();
  const house = aHouse();
  const web = openWeb({
    desk,
    clock,
    log: openLog({ level: 'silent', now: () => 0, write: () => {}, plain: true, secrets: [] }),
    health: {
      readiness: () => ({ ready: true, reasons: [] }),
      readyDevices: () => [],
      metricsType: 'text/plain',
      metrics: async () => '',
    },
    secret: randomBytes(32),
    randomBytes,
    trustedProxies: [],
    limits: GENEROUS,
    house,
    examples: [],
    runCommand: commandRunner({ desk, house }),
    modelOf: (file) => file,
    readPicture: (file) => store.read(file),
  });
  const address = await web.listen('127.0.0.1', 0);
  web.begin();
  onTestFinished(() => web.close());
  return { desk, ask: (path: string, init?: RequestInit) => fetch(new URL(path, address), init) };
}

test('a job of a private chat is not there over HTTP, whatever is asked of it', async () => {
  const { desk, ask } = await aPage();
  const mine = await desk.submit(anOrder());
  const theirs = await desk.submit(anOrder(ANNA, { place: CHAT }));
  expect((await ask(`api/jobs/${mine.id}`)).status).toBe(200);
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/events'],
    ['GET', '/1.png'],
    ['POST', '/cancel'],
    ['POST', '/reroll'],
    ['DELETE', ''],
  ] as const) {
    const answer = await ask(`api/jobs/${theirs.id}${path}`, { method });
    expect([method, path, answer.status]).toEqual([method, path, 404]);
    expect(await answer.json()).toMatchObject({ code: 'job.unknown' });
  }
});

test('the queue shows that somebody elsewhere waits, not who, nor for what', async () => {
  const { desk, ask } = await aPage();
  await desk.submit(anOrder());
  await desk.submit(anOrder(ANNA, { options: {}, place: CHAT }));
  await desk.submit(anOrder());
  const { queue } = (await (await ask('api/status')).json()) as { queue: object[] };
  expect(queue).toHaveLength(2);
  expect(queue.filter((one) => 'prompt' in one && 'by' in one && 'id' in one)).toHaveLength(1);
  expect(queue.filter((one) => 'prompt' in one || 'by' in one || 'id' in one)).toHaveLength(1);
});
