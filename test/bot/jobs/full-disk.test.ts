/** A disk that fills up and is freed again: nothing is lost, nobody waits for ever, and everybody is told why. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Observation } from '../../../bot/jobs/observation.ts';
import { openJobs } from '../../../bot/open-jobs.ts';
import { Disk } from '../../../bot/store/disk.ts';
import { type Journal, openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import type { Clock } from '../../../bot/time/clock.ts';
import { FakeClock } from '../fake-clock.ts';
import { RecordingSurface } from '../messages/recording-surface.ts';
import { ANNA, aRequest } from './a-job.ts';
import { FakeRenderer } from './fake-renderer.ts';
import { aFolder, GENEROUS, submitTo, until } from './some-jobs.ts';

const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** The journal as SQLite leaves it on a full disk: the transaction is rolled back, and the commit fails. */
function fillingJournal(file: string, clock: Clock, isFull: () => boolean): Journal {
  const journal = openJournal(file, clock);
  const { records } = journal;
  const [save, accept] = [records.save.bind(records), records.accept.bind(records)];
  records.save = (...given) => (isFull() ? Promise.reject(full()) : save(...given));
  records.accept = (...given) => (isFull() ? Promise.reject(full()) : accept(...given));
  return journal;
}

async function aDeskOnASmallDisk() {
  const folder = aFolder();
  const clock = new FakeClock();
  const observed: Observation[] = [];
  const observe = (one: Observation) => void observed.push(one);
  const store = new PictureStore(path.join(folder, 'pictures'));
  let isFull = false;
  const journal = fillingJournal(path.join(folder, 'journal.db'), clock, () => isFull);
  /** Whether statfs tells it; a quota is only felt. */
  let isSeen = true;
  const keep = store.savePictures.bind(store);
  store.savePictures = (...given) => (isFull ? Promise.reject(full()) : keep(...given));
  const disk = new Disk({
    clock,
    observe,
    room: () => (isFull && isSeen ? 0 : Number.POSITIVE_INFINITY),
    probe: async () => {
      if (isFull) throw full();
    },
  });
  const renderer = new FakeRenderer(clock, 100);
  const surface = new RecordingSurface(() => clock.now());
  let seed = 0;
  const { jobs, connect, drain, close } = openJobs({
    journal,
    store,
    disk,
    devices: [{ name: 'cpu', renderer }],
    clock,
    randomBytes: (length) => new Uint8Array(length).fill(seed++ % 256),
    randomSeed: () => 1,
    resolve: async () => aRequest(),
    limits: GENEROUS,
    observe,
  });
  await jobs.start();
  connect(surface);
  onTestFinished(close);
  const fill = ({ seen = true } = {}) => {
    isFull = true;
    isSeen = seen;
  };
  const free = () => {
    isFull = false;
  };
  return { jobs, drain, clock, renderer, surface, observed, disk, fill, free, folder, journal, store };
}

const troubles = (observed: readonly Observation[]) =>
  observed.filter(({ type }) => type === 'disk_trouble').length;

// Where it fills: before it starts, while it is rendered, as the picture is kept, as it is posted.
test.each([0, 50, 150, 250, 390, 400, 410, 450])(
  'a disk that fills %d ms after a request leaves no job running for ever',
  async (ms) => {
    const t = await aDeskOnASmallDisk();
    const { id } = await submitTo(t.jobs);
    await t.clock.advance(ms);
    t.fill();
    await t.clock.advance(60_000);
    t.free();
    await until(() => t.jobs.find(id).delivery === 'posted', t.clock, 100);
    expect(t.jobs.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(t.surface.calls('finish', id).length).toBe(1);
    expect(t.renderer.begun.length).toBe(1);
    await until(() => t.jobs.active.size === 0, t.clock);
    expect(t.journal.records.find(id)).toMatchObject({ state: 'delivered', delivery: 'posted' });
  },
);

test('jobs that fail or are cancelled on a full disk end so once there is room', async () => {
  const t = await aDeskOnASmallDisk();
  t.renderer.mishaps.push('fault');
  const failed = await submitTo(t.jobs);
  const cancelled = await submitTo(t.jobs);
  t.fill();
  await until(() => t.jobs.find(failed.id).state === 'failed', t.clock);
  const ending = t.jobs.cancel(cancelled.id, ANNA);
  await t.clock.advance(5_000);
  await ending;
  expect(t.jobs.find(cancelled.id).state).toBe('cancelled');
  t.free();
  await until(() => t.jobs.active.size === 0, t.clock, 100);
  expect(t.journal.records.countByState()).toEqual({ failed: 1, cancelled: 1 });
});

test('while the disk is full requests are refused with that sentence, it is not ready, and the cause is told once', async () => {
  const t = await aDeskOnASmallDisk();
  t.fill();
  await expect(submitTo(t.jobs)).rejects.toThrow('The disk is full; ');
  expect(t.disk.problem()?.message).toContain('The disk is full');
  await t.clock.advance(30_000);
  expect(troubles(t.observed)).toBe(1);
  t.free();
  await t.clock.advance(1_000);
  await until(() => t.disk.problem() === undefined);
  expect(t.observed.at(-1)).toEqual({ type: 'disk_recovered' });
  await submitTo(t.jobs);
});

test('a quota, which the file system does not tell, is noticed by the write that fails', async () => {
  const t = await aDeskOnASmallDisk();
  t.fill({ seen: false });
  expect(t.disk.problem()).toBeUndefined();
  await expect(submitTo(t.jobs)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(t.disk.problem()).toMatchObject({ code: 'disk.full', cause: { code: 'ENOSPC' } });
  await t.clock.advance(10_000);
  expect(t.disk.problem()).toBeDefined();
  t.free();
  await t.clock.advance(1_000);
  await until(() => t.disk.problem() === undefined);
});

test('the service can be stopped while the disk is full', async () => {
  const t = await aDeskOnASmallDisk();
  await submitTo(t.jobs);
  await t.clock.advance(150);
  t.fill();
  const ended = t.drain().then(() => true);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  await until(() => isOver, t.clock, 100);
});

test('a job cancelled while its pictures are being written leaves no files', async () => {
  const t = await aDeskOnASmallDisk();
  let goOn: () => void = () => {};
  const written = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const keep = t.store.savePictures;
  let isWriting = false;
  t.store.savePictures = async (...given) => {
    const pictures = await keep(...given);
    isWriting = true;
    await written;
    return pictures;
  };
  const { id } = await submitTo(t.jobs);
  await until(() => isWriting, t.clock);
  expect(readdirSync(path.join(t.folder, 'pictures'))).toEqual([`${id}-1.png`]);
  await t.jobs.cancel(id, ANNA);
  goOn();
  await until(() => readdirSync(path.join(t.folder, 'pictures')).length === 0, t.clock);
  expect(t.jobs.find(id)).toMatchObject({ state: 'cancelled', pictures: [] });
});

test('a job cancelled while its pictures wait for room is not kept, and leaves no files', async () => {
  const t = await aDeskOnASmallDisk();
  const { id } = await submitTo(t.jobs);
  await t.clock.advance(350);
  t.fill();
  await t.clock.advance(500);
  const ending = t.jobs.cancel(id, ANNA);
  await t.clock.advance(5_000);
  await ending;
  t.free();
  await until(() => t.jobs.active.size === 0, t.clock, 100);
  expect(t.jobs.find(id).state).toBe('cancelled');
  expect(readdirSync(t.folder)).not.toContain('pictures');
});
