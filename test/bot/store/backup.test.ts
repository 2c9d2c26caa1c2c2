/** A backup that is made while a service writes is a data folder in which every job has its pictures. */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { backUp } from '../../../bot/store/backup.ts';
import { type Journal, openJournal } from '../../../bot/store/journal.ts';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import { ANNA } from '../jobs/a-job.ts';
import { aFolder, someJobs, submitTo, until } from '../jobs/some-jobs.ts';

test('while the service writes, a backup has a gallery whose pictures are whole; restored, a service goes on from there', async () => {
  const { jobs, journal, clock, folder } = await someJobs({ stepTime: 1 });
  const copy = path.join(aFolder(), 'copy');
  const delivered = () => journal.records.countByState().delivered ?? 0;
  for (let i = 0; i < 30; i++) await submitTo(jobs, ANNA);
  // Some are finished, others are being drawn and written at this moment.
  await until(() => delivered() >= 5, clock, 1);
  const before = delivered();
  const told = backUp(folder, copy);
  expect(told.jobs).toBe(30);
  expect(told.copied).toBeGreaterThanOrEqual(before);
  await until(() => delivered() === 30, clock, 1);

  // Again into the same folder: what is new, and nothing twice; what was deleted goes.
  const [gone] = readdirSync(path.join(folder, 'pictures'));
  rmSync(path.join(folder, 'pictures', gone!));
  const again = backUp(folder, copy);
  expect(again.pictures).toBe(29);
  // All that were there before but the one that is gone are known again by their size and time.
  expect(again.copied).toBeLessThanOrEqual(30 - told.copied);
  expect(existsSync(path.join(copy, 'pictures', gone!))).toBe(false);
  const restored = path.join(aFolder(), 'restored');
  cpSync(copy, restored, { recursive: true });
  const there = openJournal(path.join(restored, 'journal.db'), clock);
  const galleryOf = ({ records }: Journal) =>
    records.jobsOf(ANNA, 100).map(({ id, pictures }) => ({ id, pictures }));
  expect(galleryOf(there)).toHaveLength(30);
  expect(galleryOf(there)).toEqual(galleryOf(journal));
  const store = new PictureStore(path.join(restored, 'pictures'));
  for (const { pictures } of galleryOf(there))
    for (const picture of pictures)
      if (picture.file !== gone) expect(await store.isWhole(picture)).toBe(true);
});

test('a backup that was made in the midst of the work is taken up as after a crash: nothing that was accepted is missing', async () => {
  const first = await someJobs({ stepTime: 100 });
  const copy = path.join(aFolder(), 'copy');
  const asked = [];
  for (let i = 0; i < 4; i++) asked.push(await submitTo(first.jobs, ANNA));
  await until(() => (first.journal.records.countByState().running ?? 0) === 1, first.clock);
  backUp(first.folder, copy);
  const second = await someJobs({ folder: copy, clock: first.clock });
  await until(() => second.journal.records.countByState().delivered === asked.length, first.clock);
});

test('without a journal nothing is copied, and the sentence says which file is missing', () => {
  const folder = aFolder();
  expect(() => backUp(folder, path.join(folder, 'copy'))).toThrow('journal.db');
});
