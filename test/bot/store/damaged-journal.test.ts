/** A journal that is not as it was written: one sentence with what to do, and what can be read is kept. */
import { closeSync, existsSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { mentionsBy } from '../../../bot/messages/ping.ts';
import { openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import { salvage } from '../../../bot/store/salvage.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { ANNA, aJob, TIMINGS } from '../jobs/a-job.ts';
import { aFolder } from '../jobs/some-jobs.ts';

const ids = Array.from({ length: 300 }, (_, i) => `JOB${String(i).padStart(4, '0')}`);

/** A journal of 300 delivered jobs, each with a picture. */
async function aFullJournal() {
  const folder = aFolder();
  const file = path.join(folder, 'journal.db');
  const journal = openJournal(file, systemClock);
  const store = new PictureStore(path.join(folder, 'pictures'));
  for (const id of ids) {
    const job = aJob(id, { messages: [{ id: `m-${id}` }] });
    const picture = await store.savePicture(id, 0, Uint8Array.of(1, 2, 3));
    await journal.records.accept(job);
    const done = {
      ...job,
      state: 'delivered',
      delivery: 'posted',
      pictures: [picture],
      timings: TIMINGS,
    } as const;
    await journal.records.save(() => done, job);
  }
  await journal.preferences.savePerson(ANNA, { style: 'anime' });
  journal.close();
  // Into the file itself, where the damage is done.
  const raw = new Libsql(file);
  raw.pragma('wal_checkpoint(TRUNCATE)');
  raw.close();
  return { folder, file, open: () => openJournal(file, systemClock) };
}

function overwrite(file: string, at: number, bytes: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, new Uint8Array(bytes).fill(0xa5), 0, bytes, at);
  closeSync(handle);
}

test('a damaged page is told in one sentence that says what to do; salvaging keeps what can be read', async () => {
  const { folder, file, open } = await aFullJournal();
  overwrite(file, Math.floor(statSync(file).size / 2 / 4096) * 4096, 3 * 4096);
  expect(open).toThrow(
    /^The journal ".*" is damaged \(.*\); put a backup in its place, or start once with "npm start -- --salvage"/,
  );
  const { kept, damaged, lost, unclaimed } = salvage(folder, Date.now());
  expect(existsSync(damaged)).toBe(true);
  expect(kept.jobs).toBeGreaterThan(ids.length / 2);
  expect(lost + kept.jobs!).toBeGreaterThanOrEqual(ids.length);
  const journal = open();
  const all = ids.filter((id) => journal.records.find(id) !== undefined);
  expect(all.length).toBe(kept.jobs);
  expect(readdirSync(path.join(folder, 'pictures')).length + unclaimed).toBe(ids.length);
  journal.close();
});

test('a file that is no journal at all is told so, and salvaging begins anew without losing pictures', async () => {
  const { folder, file, open } = await aFullJournal();
  overwrite(file, 0, 4096);
  expect(open).toThrow(/is damaged/);
  expect(salvage(folder, Date.now())).toMatchObject({ kept: { jobs: 0 }, unclaimed: ids.length });
  const journal = open();
  expect(journal.records.countByState()).toEqual({});
  journal.close();
});

test('a damaged row costs that job only: others are found, and it is told in a sentence', async () => {
  const { folder, file, open } = await aFullJournal();
  const raw = new Libsql(file);
  raw.prepare('UPDATE jobs SET asked = ? WHERE id = ?').run('{"half', ids[5]!);
  raw.prepare('UPDATE jobs SET state = ? WHERE id = ?').run('sleeping', ids[6]!);
  raw.close();
  const journal = open();
  expect(() => journal.records.find(ids[5]!)).toThrow(
    /^The journal ".*" is damaged \(job JOB0005\); put a backup/,
  );
  expect(() => journal.records.find(ids[6]!)).toThrow(/job JOB0006/);
  expect(journal.records.jobsOf(ANNA, 1000).length).toBe(ids.length - 2);
  expect(() => salvage(folder, Date.now())).toThrow(/is used by another running service/);
  journal.close();
  expect(salvage(folder, Date.now()).kept).toMatchObject({ jobs: ids.length - 2, people: 1 });
  const after = open();
  expect(after.records.find(ids[7]!)).toMatchObject({ state: 'delivered', pictures: [{}] });
  expect(after.records.findByMessage('web', `m-${ids[7]}`)?.id).toBe(ids[7]);
  after.close();
});

test('a row that is whole JSON but no job of ours costs that job only, and ends no list, quota or wish to be forgotten', async () => {
  const { file, open } = await aFullJournal();
  const raw = new Libsql(file);
  const set = (id: string, column: string, value: string) =>
    raw.prepare(`UPDATE jobs SET ${column} = ? WHERE id = ?`).run(value, id);
  const asked = JSON.stringify(aJob('x').asked);
  const changed = [
    ['asked', asked.replace('"options"', '"optiops"')],
    ['asked', asked.replace('"a red boat","negative"', 'null,"negative"')],
    ['asked', asked.replace('"seed":42', '"seed":{}')],
    ['asked', 'null'],
    ['place', '{"channel":"studio"}'],
    ['place', '{"half'],
    ['messages', '[null]'],
    ['origin', '{"kind":"rerolm","job":"x"}'],
    ['origin', '{"half'],
  ] as const;
  for (const [i, [column, value]] of changed.entries()) set(ids[i]!, column, value);
  set(ids[20]!, 'place', '{"surface":"web","channel":"studio","server":"s"}');
  raw.close();
  const { records, close } = open();
  for (const [i, change] of changed.entries())
    expect(() => records.find(ids[i]!), change.join()).toThrow(`job ${ids[i]}`);
  expect(records.jobsOf(ANNA, 1000).length).toBe(ids.length - changed.length);
  expect(records.everyJobOf(ANNA).length).toBe(ids.length - changed.length);
  expect(records.jobsOf(ANNA, 5, ids[changed.length + 2])).toHaveLength(2);
  expect(records.requestTimes(ANNA, 's', 5)).toHaveLength(1);
  expect(records.madeFrom()).toEqual(new Map([['x', [ids[7]]]]));
  close();
});

test('what somebody chose and cannot be read is as never chosen; of a server it is told, since it says who may do what', async () => {
  const { folder, file, open } = await aFullJournal();
  const before = open();
  await before.preferences.saveServer('web', 's', { quota: 3 });
  await before.keyValues.set('kind', 'a', 1);
  await before.keyValues.set('kind', 'b', 2);
  before.close();
  const raw = new Libsql(file);
  raw.exec(`UPDATE people SET settings = '{"style'`);
  raw.exec(`UPDATE servers SET settings = 'null'`);
  raw.exec(`UPDATE kept SET value = '{"half' WHERE key = 'a'`);
  raw.close();
  const { preferences, keyValues, close } = open();
  expect(preferences.ofPerson(ANNA)).toEqual({});
  expect(() => preferences.ofServer({ surface: 'web', server: 's' })).toThrow('(settings of the server s)');
  const job = aJob('x', { place: { surface: 'web', channel: 'c', server: 's' } });
  expect(mentionsBy(preferences)(job)).toBe(false);
  expect(keyValues.get('kind', 'a')).toBeUndefined();
  expect(keyValues.under('kind')).toMatchObject([{ key: 'b', value: 2 }]);
  close();
  expect(salvage(folder, Date.now()).kept).toMatchObject({ people: 0, servers: 0, kept: 1 });
});
