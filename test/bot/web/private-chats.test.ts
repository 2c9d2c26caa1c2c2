/** What people ask for in a chat elsewhere is not the page's business: neither the pictures nor the words. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { commandContexts } from '../../../bot/chat/command-context.ts';
import { openLog } from '../../../bot/ops/log.ts';
import { openWeb } from '../../../bot/web/web.ts';
import { anInstallation } from '../an-installation.ts';
import { ANNA } from '../jobs/a-job.ts';
import { GENEROUS, someJobs, submitTo } from '../jobs/some-jobs.ts';

const CHAT = { surface: 'discord', channel: 'dm 1' };

async function aPage() {
  const { jobs, clock, store, journal } = await someJobs();
  const { preferences } = journal;
  const installation = anInstallation();
  const web = openWeb({
    jobs,
    alone: false,
    preferences,
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
    installation,
    examples: [],
    contextOf: commandContexts({ jobs, installation, preferences }),
    modelOf: (name) => ({ name }),
    readPicture: (file) => store.read(file),
  });
  const address = await web.listen('127.0.0.1', 0);
  web.begin();
  onTestFinished(() => web.close());
  return { jobs, ask: (path: string, init?: RequestInit) => fetch(new URL(path, address), init) };
}

test('a job of a private chat is not there over HTTP, whatever is asked of it', async () => {
  const { jobs, ask } = await aPage();
  const mine = await submitTo(jobs);
  const theirs = await submitTo(jobs, ANNA, { place: CHAT });
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
  const { jobs, ask } = await aPage();
  await submitTo(jobs);
  await submitTo(jobs, ANNA, { options: {}, place: CHAT });
  await submitTo(jobs);
  const { queue } = (await (await ask('api/status')).json()) as { queue: object[] };
  expect(queue).toHaveLength(2);
  expect(queue.filter((one) => 'prompt' in one && 'by' in one && 'id' in one)).toHaveLength(1);
  expect(queue.filter((one) => 'prompt' in one || 'by' in one || 'id' in one)).toHaveLength(1);
});
