import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PictureStore } from '../../../bot/store/picture-store.ts';
import { aFolder } from '../jobs/some-jobs.ts';

test('a picture is kept as it is, with what proves it', async () => {
  const folder = aFolder();
  const store = new PictureStore(folder);
  const picture = await store.savePicture('JOB', 0, Buffer.from('hello'));
  expect(picture).toEqual({
    file: 'JOB-1.png',
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    bytes: 5,
  });
  expect(readFileSync(store.path('JOB-1.png'), 'utf8')).toBe('hello');
  expect(readdirSync(folder)).toEqual(['JOB-1.png']);
});

test('a removed picture is gone, and removing it again is fine', async () => {
  const store = new PictureStore(aFolder());
  await store.savePicture('JOB', 0, Buffer.from('hello'));
  await store.remove('JOB-1.png');
  await store.remove('JOB-1.png');
  expect(await store.read('JOB-1.png')).toBeUndefined();
});

test('a sweep takes unfinished and ownerless files, and nothing that is not ours', async () => {
  const folder = aFolder();
  const store = new PictureStore(folder);
  await store.savePicture('KEPT', 0, Buffer.from('a'));
  await store.savePicture('ORPHAN', 0, Buffer.from('b'));
  writeFileSync(path.join(folder, 'HALF-1.png.tmp'), 'x');
  writeFileSync(path.join(folder, 'notes.txt'), 'x');
  const swept = await store.sweep(new Set(['KEPT-1.png']));
  expect(swept.sort()).toEqual(['HALF-1.png.tmp', 'ORPHAN-1.png']);
  expect(readdirSync(folder).sort()).toEqual(['KEPT-1.png', 'notes.txt']);
});

test('a folder that cannot be written to is a sentence, and leaves nothing', async () => {
  const folder = aFolder();
  mkdirSync(path.join(folder, 'JOB-1.png'));
  const store = new PictureStore(folder);
  await expect(store.savePicture('JOB', 0, Buffer.from('x'))).rejects.toMatchObject({
    code: 'file.write_failed',
  });
  expect(readdirSync(folder)).toEqual(['JOB-1.png']);
});

test.each(['../secret.png', '/etc/passwd', 'a/b.png', '.png', 'x.png/../../y.png', 'journal.db'])(
  'the name %j does not leave the folder',
  (name) => expect(() => new PictureStore('/tmp/x').path(name)).toThrow(),
);
