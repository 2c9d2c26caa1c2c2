/** A picture that could be delivered in no way: *Try again* brings it, over HTTP and on the page, without rendering again. */
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Job } from '../../../bot/jobs/job.ts';
import { openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { encodePng } from '../../../pipeline/image/png.ts';
import { aJob, TIMINGS } from '../jobs/a-job.ts';
import { aFolder } from '../jobs/some-jobs.ts';
import { CHROMIUM, launch } from './a-browser.ts';
import { aStudio } from './a-studio.ts';

const ID = '01KAAAAAAAAAAAAAAAAAAAAAAA';

/** A data folder in which the page's own job waits undelivered. */
async function withUndelivered(): Promise<string> {
  const folder = aFolder();
  const journal = openJournal(path.join(folder, 'journal.db'), systemClock);
  const store = new PictureStore(path.join(folder, 'pictures'));
  const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192).fill(99) });
  const picture = await store.savePicture(ID, 0, png);
  const job = aJob(ID, { createdAt: Date.now() });
  await journal.records.accept(job);
  const undelivered: Partial<Job> = {
    ...{ state: 'undelivered', delivery: 'refused', undelivered: 'restricted_action' },
    ...{ attempts: 1, pictures: [picture], timings: TIMINGS, messages: [{ id: ID }] },
  };
  await journal.records.save(() => ({ ...job, ...undelivered }), job);
  journal.close();
  return folder;
}

test('POST /api/jobs/ID/again brings it; once it is delivered there is nothing to bring', async () => {
  const studio = await aStudio({ env: { DATA_DIR: await withUndelivered() } });
  const before = (await studio.ask(`/api/jobs/${ID}`)).json();
  expect(before).toMatchObject({ state: 'undelivered', code: 'job.undelivered' });
  expect(before.error).toContain('restricted_action');
  const answer = await studio.post(`/api/jobs/${ID}/again`);
  expect([answer.status, answer.json().id]).toEqual([202, ID]);
  expect(await studio.until(ID, 'delivered')).toMatchObject({ error: null, attempts: 1 });
  expect((await studio.ask(`/api/jobs/${ID}/1.png`)).status).toBe(200);
  expect(studio.renderer.begun.filter(({ id }) => id !== 'warm-up')).toEqual([]);
  const late = await studio.post(`/api/jobs/${ID}/again`);
  expect([late.status, late.json().code]).toEqual([409, 'job.not_undelivered']);
});

test('nobody brings a job that is not known, or somebody else’s', async () => {
  const env = { DATA_DIR: await withUndelivered(), API_TOKEN: 'a-long-token-for-tests' };
  const studio = await aStudio({ env });
  expect((await studio.post(`/api/jobs/${ID}/again`)).status).toBe(401);
  const authorization = { authorization: `Bearer ${env.API_TOKEN}` };
  expect((await studio.post('/api/jobs/01KBBBBBBBBBBBBBBBBBBBBBBB/again', {}, authorization)).status).toBe(
    404,
  );
});

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  test('the page shows the reason and a button; pressed, the picture stands there without them', async () => {
    const studio = await aStudio({ env: { DATA_DIR: await withUndelivered() } });
    const browser = await launch();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(studio.address);
    const message = page.locator(`li[data-id="${ID}"]`);
    await message.getByText('restricted_action').waitFor();
    await message.getByRole('button', { name: 'Try again', exact: true }).click();
    await message.getByText('restricted_action').waitFor({ state: 'detached' });
    expect(await message.getByRole('button', { name: 'Try again', exact: true }).count()).toBe(0);
    expect(await message.locator('img').count()).toBeGreaterThan(0);
    await studio.until(ID, 'delivered');
  });
});
