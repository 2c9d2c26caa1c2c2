import { execFileSync } from 'node:child_process';
import path from 'node:path';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { transition } from '../../../bot/jobs/job.ts';
import { JOB_SQL } from '../../../bot/store/job-sql.ts';
import { openJournal } from '../../../bot/store/journal.ts';
import { KEY_VALUE_SQL } from '../../../bot/store/key-values.ts';
import { PREFERENCE_SQL } from '../../../bot/store/preferences.ts';
import { SEEN_SQL } from '../../../bot/store/seen-events.ts';
import { systemClock } from '../../../bot/time/clock.ts';
import { ANNA, aJob, aStoredRequest, BRUNO, TIMINGS } from '../jobs/a-job.ts';
import { aFolder } from '../jobs/some-jobs.ts';

function aJournal(folder = aFolder()) {
  const file = path.join(folder, 'journal.db');
  return { file, journal: openJournal(file, systemClock), again: () => openJournal(file, systemClock) };
}

test('a job comes back as it was written, after the journal is opened again', async () => {
  const { journal, again } = aJournal();
  const full = [
    aJob('A', {
      place: { surface: 'web', channel: 'c', data: { token: 'x', thread: [1, 2] } },
      messages: [{ id: 'm1', data: { ts: '1.2' } }],
      origin: { kind: 'vary', job: '0', picture: 2 },
      asked: {
        options: { prompt: 'ein "Boot" 🛶', seed: Number.MAX_SAFE_INTEGER },
        request: aStoredRequest({ seed: Number.MAX_SAFE_INTEGER, init: { file: 'A.upload', strength: 0.6 } }),
        finalModel: 'large',
      },
    }),
    { type: 'start', at: 2_000, device: 'cpu' } as const,
    {
      type: 'render',
      at: 3_000,
      pictures: [0, 1].map((i) => ({ file: `A-${i + 1}.png`, sha256: `${i}`, bytes: 7 })),
      timings: TIMINGS,
    } as const,
  ] as const;
  const [job, start, render] = full;
  await journal.records.accept(job);
  const done = [start, render].reduce(transition, job);
  expect(await journal.records.save(() => done, job)).toEqual(done);
  journal.close();
  const reopened = again();
  expect(reopened.records.find('A')).toEqual(done);
  expect(reopened.records.findByMessage('web', 'm1')).toEqual(done);
  expect(reopened.records.findByMessage('discord', 'm1')).toBeUndefined();
  expect(reopened.records.filesInUse()).toEqual(new Set(['A-1.png', 'A-2.png', 'A.upload']));
  reopened.close();
});

test('an undelivered job keeps its reason, and is not picked up again by itself', async () => {
  const { journal, again } = aJournal();
  const job = aJob('A', {
    state: 'undelivered',
    delivery: 'refused',
    undelivered: 'Missing Permissions',
    place: { surface: 'web', channel: 'moved' },
  });
  await journal.records.accept(aJob('A'));
  await journal.records.save(() => job, aJob('A'));
  journal.close();
  const reopened = again();
  expect(reopened.records.find('A')).toEqual(job);
  expect(reopened.records.unsettled()).toEqual([]);
  expect(reopened.records.countByState()).toEqual({ undelivered: 1 });
  reopened.close();
});

test('the same event makes one job, also when it comes while the first is still being written', async () => {
  const { journal } = aJournal();
  const [first, second] = await Promise.all([
    journal.records.accept(aJob('A'), 'event-1'),
    journal.records.accept(aJob('B'), 'event-1'),
  ]);
  expect([first, second, await journal.records.accept(aJob('C'), 'event-1')]).toEqual(['A', 'A', 'A']);
  expect(journal.records.find('B')).toBeUndefined();
  expect(journal.seen.jobOf('event-1')).toBe('A');
  expect([await journal.seen.add('click'), await journal.seen.add('click')]).toEqual([true, false]);
  await journal.seen.forget(Date.now() + 1);
  expect(await journal.seen.add('click')).toBe(true);
  journal.close();
});

test('only jobs with something left to do are picked up at a start, oldest first', async () => {
  const { journal, again } = aJournal();
  await journal.records.accept(aJob('C', { state: 'running' }));
  await journal.records.accept(aJob('B', { state: 'failed', delivery: 'posting' }));
  await journal.records.accept(aJob('A', { state: 'delivered', delivery: 'posted' }));
  await journal.records.accept(aJob('D', { state: 'cancelled', delivery: 'gone' }));
  journal.close();
  const reopened = again();
  expect(reopened.records.unsettled().map(({ id }) => id)).toEqual(['B', 'C']);
  expect(reopened.records.countByState()).toEqual({ running: 1, failed: 1, delivered: 1, cancelled: 1 });
  reopened.close();
});

test('one write that fails does not take its neighbours in the same commit with it', async () => {
  const { journal } = aJournal();
  const results = await Promise.allSettled([
    journal.records.accept(aJob('A')),
    journal.records.accept(aJob('A')),
    journal.records.accept(aJob('B')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(journal.records.find('B')).toBeDefined();
  journal.close();
});

test('reading sees what was written a moment ago and is not committed yet', () => {
  const { journal } = aJournal();
  void journal.records.accept(aJob('A'));
  expect(journal.records.find('A')).toBeDefined();
  journal.close();
});

test("a person's jobs come newest first, a page at a time, without deleted ones", async () => {
  const { journal } = aJournal();
  for (const id of ['A', 'B', 'C', 'D']) await journal.records.accept(aJob(id));
  await journal.records.accept(aJob('E', { by: BRUNO }));
  await journal.records.save(() => transition(aJob('C'), { type: 'delete', at: 5 }), aJob('C'));
  expect(journal.records.jobsOf(ANNA, 2).map(({ id }) => id)).toEqual(['D', 'B']);
  expect(journal.records.jobsOf(ANNA, 2, 'B').map(({ id }) => id)).toEqual(['A']);
  expect(journal.records.recent('web', 2).map(({ id }) => id)).toEqual(['E', 'D']);
  journal.close();
});

test('of past jobs those with pictures can be had alone', async () => {
  const { journal } = aJournal();
  const { records } = journal;
  const picture = { file: 'A-1.png', sha256: 'a'.repeat(64), bytes: 4 };
  for (const id of ['A', 'B', 'C']) await records.accept(aJob(id));
  const [queued, drawn] = [aJob('A'), { ...aJob('A', { state: 'delivered' }), pictures: [picture] }];
  await records.save(() => drawn, queued);
  expect(records.jobsOf(ANNA, 9, undefined, 'with pictures').map(({ id }) => id)).toEqual(['A']);
  expect(records.recent('web', 9, 'B', 'with pictures').map(({ id }) => id)).toEqual(['A']);
  expect(records.recent('web', 9, 'A', 'with pictures')).toEqual([]);
  journal.close();
});

test("people's settings and measured step times are kept", async () => {
  const { journal, again } = aJournal();
  const time = {
    model: 'nano',
    device: 'cpu',
    pixels: 4096,
    passes: 2,
    step_ms: 10.5,
    rest_ms: 3,
    load_ms: 0,
    slowest_ms: 20,
  };
  await journal.preferences.savePerson(ANNA, { model: 'large', style: 'anime' });
  journal.stepTimes.save({ ...time, step_ms: 1 });
  journal.stepTimes.save(time);
  journal.close();
  const reopened = again();
  expect(reopened.preferences.ofPerson(ANNA)).toEqual({ model: 'large', style: 'anime' });
  expect(reopened.preferences.ofPerson(BRUNO)).toEqual({});
  expect(reopened.stepTimes.all()).toMatchObject([time]);
  await reopened.preferences.savePerson(ANNA, undefined);
  expect(reopened.preferences.ofPerson(ANNA)).toEqual({});
  reopened.close();
});

test('a second service on the same folder is refused with a sentence', () => {
  const { file, journal } = aJournal();
  const program = `
    import { openJournal } from ${JSON.stringify(path.resolve('bot/store/journal.ts'))};
    import { systemClock } from ${JSON.stringify(path.resolve('bot/time/clock.ts'))};
    try { openJournal(${JSON.stringify(file)}, systemClock); console.log('opened'); }
    catch (error) { console.log(error.code); }`;
  const answer = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(answer.trim()).toBe('journal.in_use');
  journal.close();
});

test('a journal of a newer version, and a file that is none, are refused with a sentence', () => {
  const { file, journal, again } = aJournal();
  journal.close();
  const database = new Libsql(file);
  database.exec('UPDATE version SET number = 99');
  database.close();
  expect(again).toThrow(expect.objectContaining({ code: 'journal.newer' }));
  const folder = path.dirname(file);
  expect(() => openJournal(folder, systemClock)).toThrow(
    expect.objectContaining({ code: 'journal.unusable' }),
  );
});

test('no lookup of the journal reads a whole table or sorts', () => {
  const { file, journal } = aJournal();
  journal.close();
  const database = new Libsql(file);
  // These are meant to read everything, or so much that an index would not help.
  const { countByState: _, filesInUse: __, ...jobs } = JOB_SQL;
  const plans = [jobs, PREFERENCE_SQL, SEEN_SQL, KEY_VALUE_SQL]
    .flatMap((queries) => Object.values<string>(queries))
    .filter((query) => !query.startsWith('INSERT'))
    .map((query) => {
      const parameters = Array.from({ length: query.split('?').length - 1 }, () => 1);
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all(...parameters) as {
        detail: string;
      }[];
      return { query, plan: steps.map(({ detail }) => detail).join('; ') };
    });
  expect(plans.filter(({ plan }) => /SCAN (?!jobs USING INDEX)|TEMP B-TREE/.test(plan))).toEqual([]);
  expect(plans.filter(({ plan }) => plan.includes('USING')).length).toBeGreaterThan(10);
  database.close();
});

test('a journal of the first form is brought to this one: places say their server, servers have settings', async () => {
  const { file, journal, again } = aJournal();
  await journal.records.accept(
    aJob('A', { place: { surface: 'discord', channel: 'c', data: { guild: 'g1' } } }),
  );
  await journal.records.accept(aJob('B'));
  journal.close();
  const raw = new Libsql(file);
  raw.exec('DROP TABLE servers; DROP TABLE kept; ALTER TABLE jobs DROP COLUMN undelivered');
  raw.exec(
    'ALTER TABLE jobs DROP COLUMN crashes; DROP TABLE sources; ALTER TABLE jobs ADD COLUMN init_file TEXT',
  );
  raw.exec('CREATE INDEX jobs_by_init_file ON jobs (init_file) WHERE init_file IS NOT NULL');
  raw.exec("UPDATE jobs SET init_file = 'B.upload' WHERE id = 'B'");
  raw.exec('UPDATE version SET number = 1');
  raw.close();
  const reopened = again();
  expect(reopened.records.find('A')!.place).toEqual({
    surface: 'discord',
    channel: 'c',
    server: 'g1',
    data: { guild: 'g1' },
  });
  expect(reopened.records.find('B')!.place).toEqual(aJob('B').place);
  expect(reopened.records.filesInUse()).toEqual(new Set(['B.upload']));
  expect(reopened.records.requestTimes({ surface: ANNA.surface, id: ANNA.id }, 'g1', 5)).toHaveLength(1);
  await reopened.preferences.saveServer('discord', 'g1', { quota: 3 });
  expect(reopened.preferences.ofServer({ surface: 'discord', server: 'g1' })).toEqual({ quota: 3 });
  expect(reopened.preferences.ofServer({ surface: 'discord' })).toEqual({});
  reopened.close();
});

test('what an adapter keeps is there after a restart, found by the beginning of its key, until it is let go', async () => {
  const { journal, again } = aJournal();
  await Promise.all([
    journal.keyValues.set('upload', 'job:1', 'F1'),
    journal.keyValues.set('upload', 'job:2', { id: 'F2' }),
  ]);
  journal.close();
  const after = again();
  expect(after.keyValues.get('upload', 'job:2')).toMatchObject({ value: { id: 'F2' } });
  expect(after.keyValues.under('upload', 'job:').map(({ key }) => key)).toEqual(['job:1', 'job:2']);
  expect(after.keyValues.under('upload', 'jobs')).toEqual([]);
  await after.keyValues.delete('upload', 'job:1');
  expect(after.keyValues.get('upload', 'job:1')).toBeUndefined();
  after.close();
});
