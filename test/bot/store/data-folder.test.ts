/** The folder of everything that is kept: people's words and pictures, for nobody but its owner. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDataFolder } from '../../../bot/store/data-folder.ts';
import { readPageSecret } from '../../../bot/store/page-secret.ts';
import { aFolder } from '../jobs/some-jobs.ts';

const modeOf = (file: string) => statSync(file).mode & 0o777;

test.skipIf(process.platform === 'win32')(
  'a new one, and one of an earlier version, are closed to others',
  () => {
    const made = openDataFolder(path.join(aFolder(), 'data'));
    expect(modeOf(made)).toBe(0o700);
    const old = path.join(aFolder(), 'old');
    mkdirSync(path.join(old, 'pictures'), { recursive: true, mode: 0o755 });
    writeFileSync(path.join(old, 'journal.db'), '', { mode: 0o644 });
    chmodSync(old, 0o755);
    openDataFolder(old);
    expect([old, path.join(old, 'pictures'), path.join(old, 'journal.db')].map(modeOf)).toEqual([
      0o700, 0o700, 0o600,
    ]);
  },
);

test.skipIf(process.platform === 'win32')('one with nothing of ours in it stays as it is', () => {
  const shared = path.join(aFolder(), 'shared');
  mkdirSync(shared);
  writeFileSync(path.join(shared, 'theirs'), '');
  chmodSync(path.join(shared, 'theirs'), 0o644);
  chmodSync(shared, 0o755);
  openDataFolder(shared);
  expect([modeOf(shared), modeOf(path.join(shared, 'theirs'))]).toEqual([0o755, 0o644]);
});

test('the secret of the page is made once', () => {
  const folder = aFolder();
  let made = 0;
  const random = (length: number) => new Uint8Array(length).fill(++made);
  const first = readPageSecret(folder, random);
  expect([...readPageSecret(folder, random)]).toEqual([...first]);
  expect(first).toHaveLength(32);
  const file = path.join(folder, 'page.secret');
  expect(existsSync(file) && readFileSync(file).length).toBe(32);
  if (process.platform !== 'win32') expect(modeOf(file)).toBe(0o600);
});
