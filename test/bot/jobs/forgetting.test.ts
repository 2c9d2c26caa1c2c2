/** What `/forget-me` says is what happened: the bytes of every file that the service keeps are looked through. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { openJournal } from '../../../bot/store/journal.ts';
import { encodePng, readTextChunks } from '../../../pipeline/image/png.ts';
import { FakeClock } from '../fake-clock.ts';
import { failing } from '../messages/recording-surface.ts';
import { aJob, aRequest, BRUNO } from './a-job.ts';
import { aFolder, anOrder, someJobs, submitTo, type TestJobs, until } from './some-jobs.ts';

const CLARA = { surface: 'web', id: 'U-clara-4711', name: 'Clara Quitzow' };
const SECRET = 'a zeppelin full of marzipan';
/** What must not be found afterwards. */
const TRACES = ['zeppelin', 'marzipan', 'U-clara-4711', 'Clara Quitzow', 'SECRET-UPLOAD'];

const asked = (prompt = SECRET) => ({ request: aRequest({ prompt }), options: { prompt, negative: SECRET } });
const withUpload = { image: Buffer.from('SECRET-UPLOAD'), strength: 0.5 };

async function aDeskThatWrites(options: Parameters<typeof someJobs>[0] = {}): Promise<TestJobs> {
  const t = await someJobs(options);
  const pixels = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const png = await encodePng(pixels, [
    { keyword: 'parameters', text: `${SECRET}\nSteps: 4` },
    { keyword: 'prompt', text: `{"text":"${SECRET} ☃"}` },
  ]);
  t.renderer.picture = () => png;
  return t;
}

const delivered = (t: TestJobs, id: string) => until(() => t.jobs.find(id).delivery === 'posted', t.clock);

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

/** Which traces are in which files. */
function tracesIn(folder: string): string[] {
  return filesIn(folder).flatMap((file) => {
    const bytes = readFileSync(file);
    return TRACES.filter((trace) => bytes.includes(trace)).map((trace) => `${path.basename(file)}: ${trace}`);
  });
}

/** Lets time pass until the promise is there. */
async function meanwhile<T>(t: TestJobs, promise: Promise<T>): Promise<T> {
  let done = false;
  const ends = () => {
    done = true;
  };
  promise.then(ends, ends);
  await until(() => done, t.clock, 50);
  return promise;
}

test('afterwards no file has a word, a picture or the name of somebody who wanted to be forgotten', async () => {
  const t = await aDeskThatWrites();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await submitTo(t.jobs, CLARA, asked(`${SECRET} ${i}`))).id);
  ids.push(
    (await submitTo(t.jobs, CLARA, { ...asked(), request: aRequest({ prompt: SECRET, init: withUpload }) }))
      .id,
  );
  for (const id of ids) await delivered(t, id);
  await t.journal.preferences.savePerson(CLARA, { style: SECRET });
  await t.journal.keyValues.set('person', 'web:U-clara-4711', { name: 'Clara Quitzow' });
  await t.jobs.delete(ids[0]!, CLARA);
  expect(tracesIn(t.folder).length).toBeGreaterThan(10);

  expect(await meanwhile(t, t.jobs.forget(CLARA))).toEqual({
    requests: 4,
    refused: 0,
    pending: 0,
    others: 0,
  });
  expect(tracesIn(t.folder)).toEqual([]);
  expect(filesIn(path.join(t.folder, 'pictures'))).toEqual([]);
});

test('an upload goes although somebody rerolled it, and the words in what others made from it', async () => {
  const t = await aDeskThatWrites();
  const order = { ...asked(), request: aRequest({ prompt: SECRET, init: withUpload }) };
  const { id } = await submitTo(t.jobs, CLARA, order);
  await delivered(t, id);
  const rerolled = await t.jobs.followUp('reroll', id, anOrder(BRUNO));
  await delivered(t, rerolled.id);
  const varied = await t.jobs.followUp('vary', rerolled.id, anOrder(BRUNO));
  await delivered(t, varied.id);
  const remixed = await submitTo(t.jobs, BRUNO, { ...asked('a marzipan pig'), remixOf: id });
  await delivered(t, remixed.id);
  t.renderer.picture = ({ seed }) => Uint8Array.of(seed % 256);
  const anew = await submitTo(t.jobs, BRUNO, {
    request: aRequest({ prompt: 'a red boat' }),
    options: { prompt: 'a red boat' },
    remixOf: id,
  });
  await delivered(t, anew.id);

  expect(await meanwhile(t, t.jobs.forget(CLARA))).toEqual({
    requests: 1,
    refused: 0,
    pending: 0,
    others: 3,
  });
  expect(tracesIn(t.folder)).toEqual([]);
  const picture = t.jobs.find(varied.id).pictures[0]!;
  expect(await t.store.isWhole(picture)).toBe(true);
  expect(readTextChunks(readFileSync(t.store.path(picture.file)))).toEqual([]);
  // Bruno's own words stay, also where he began from Clara's form.
  expect(t.jobs.find(anew.id).asked.request.prompt).toBe('a red boat');
  expect(t.jobs.find(varied.id).by).toEqual(BRUNO);
});

test('what others wanted to make from it and is not made yet is cancelled', async () => {
  const t = await aDeskThatWrites();
  const { id } = await submitTo(t.jobs, CLARA, asked());
  await delivered(t, id);
  t.renderer.picture = ({ seed }) => Uint8Array.of(seed % 256);
  await submitTo(t.jobs, BRUNO);
  const waiting = await t.jobs.followUp('reroll', id, anOrder(BRUNO));
  expect(await meanwhile(t, t.jobs.forget(CLARA))).toMatchObject({ requests: 1, others: 1 });
  expect(t.jobs.find(waiting.id).state).toBe('cancelled');
  await until(() => tracesIn(t.folder).length === 0, t.clock, 500);
});

test('what others wanted to make from it is refused where it was still being decided meanwhile', async () => {
  let decide = (_: ReturnType<typeof aRequest>) => {};
  const resolve = () =>
    new Promise<ReturnType<typeof aRequest>>((resolved) => {
      decide = resolved;
    });
  const t = await aDeskThatWrites({ resolve });
  const { id } = await submitTo(t.jobs, CLARA, { ...asked(), finalModel: 'large' });
  await delivered(t, id);
  const finalized = t.jobs.followUp('finalize', id, anOrder(BRUNO)).catch((error: unknown) => error);
  const forgotten = t.jobs.forget(CLARA);
  decide(aRequest({ prompt: SECRET }));
  expect(await finalized).toMatchObject({ code: 'job.deleted' });
  expect(await meanwhile(t, forgotten)).toMatchObject({ requests: 1, others: 0 });
  await until(() => tracesIn(t.folder).length === 0, t.clock, 500);
});

test('a message that may not be removed is counted, and the words go all the same', async () => {
  const t = await aDeskThatWrites();
  for (let i = 0; i < 2; i++) await delivered(t, (await submitTo(t.jobs, CLARA, asked())).id);
  let removals = 0;
  t.surface.before = (call) => {
    if (call === 'remove' && removals++ === 0)
      throw failing({ kind: 'refused', reason: 'cant_delete_message' });
  };
  expect(await meanwhile(t, t.jobs.forget(CLARA))).toEqual({
    requests: 2,
    refused: 1,
    pending: 0,
    others: 0,
  });
  expect(tracesIn(t.folder)).toEqual([]);
});

test('during an outage it says what is still to come, and that comes by itself', async () => {
  const t = await aDeskThatWrites();
  await delivered(t, (await submitTo(t.jobs, CLARA, asked())).id);
  let isDown = true;
  t.surface.before = () => {
    if (isDown) throw failing({ kind: 'unavailable' });
  };
  expect(await meanwhile(t, t.jobs.forget(CLARA))).toEqual({
    requests: 1,
    refused: 0,
    pending: 1,
    others: 0,
  });
  expect(tracesIn(t.folder)).toEqual([]);
  isDown = false;
  await until(() => t.surface.calls('remove').length === 1, t.clock, 500);
  await until(() => t.jobs.active.size === 0, t.clock, 500);
});

test('a damaged row goes with its picture; that nobody knows where its message is, is said', async () => {
  const t = await aDeskThatWrites();
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) ids.push((await submitTo(t.jobs, CLARA, asked())).id);
  for (const id of ids) await delivered(t, id);
  await until(() => ids.every((id) => t.jobs.active.get(id) === undefined), t.clock);
  const raw = new Libsql(path.join(t.folder, 'journal.db'));
  raw.exec('PRAGMA secure_delete = ON');
  raw.prepare('UPDATE jobs SET asked = ? WHERE id = ?').run(`{"half ${SECRET}`, ids[0]!);
  raw.close();
  expect(await meanwhile(t, t.jobs.forget(CLARA))).toMatchObject({ requests: 2, refused: 1, pending: 0 });
  await until(() => tracesIn(t.folder).length === 0, t.clock, 500);
  expect(filesIn(path.join(t.folder, 'pictures'))).toEqual([]);
});

test('words that a backup is reading are gone from the log as soon as it is done', async () => {
  const t = await aDeskThatWrites();
  const { id } = await submitTo(t.jobs, CLARA, asked());
  await delivered(t, id);
  const backup = new Libsql(path.join(t.folder, 'journal.db'));
  backup.exec('BEGIN');
  backup.prepare('SELECT count(*) FROM jobs').get();
  await meanwhile(t, t.jobs.forget(CLARA));
  expect(tracesIn(t.folder)).toContain('journal.db-wal: zeppelin');
  backup.exec('COMMIT');
  await until(() => tracesIn(t.folder).length === 0, t.clock, 500);
  backup.close();
});

test('what an earlier version had deleted without wiping it is wiped at the next start', () => {
  const folder = aFolder();
  const file = path.join(folder, 'journal.db');
  const clock = new FakeClock();
  const before = openJournal(file, clock);
  const { file: held } = before.records as unknown as { file: { database: { exec(sql: string): void } } };
  const old = held.database;
  old.exec('PRAGMA secure_delete = OFF; PRAGMA user_version = 0');
  for (let i = 0; i < 50; i++) void before.records.accept(aJob(`job-${i}`, { by: CLARA }));
  before.records.find('job-0');
  for (let i = 0; i < 50; i++) void before.records.erase(`job-${i}`);
  before.records.find('job-0');
  old.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(tracesIn(folder)).toContain('journal.db: U-clara-4711');
  before.close();
  openJournal(file, clock).close();
  expect(tracesIn(folder)).toEqual([]);
});
