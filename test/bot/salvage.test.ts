/** `npm start -- --salvage` as an operator runs it on a journal that is damaged. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import Libsql from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../../bot/store/journal.ts';
import { systemClock } from '../../bot/time/clock.ts';
import { aJob, TIMINGS } from './jobs/a-job.ts';
import { aFolder } from './jobs/some-jobs.ts';
import { freePort, startProcess } from './web/a-process.ts';

const ids = Array.from({ length: 300 }, (_, i) => `01K${String(i).padStart(23, '0')}`);

/** Of 300 jobs; three pages in its middle are overwritten. */
async function aDamagedJournal(): Promise<string> {
  const folder = aFolder();
  const file = path.join(folder, 'journal.db');
  const journal = openJournal(file, systemClock);
  for (const id of ids) {
    const job = aJob(id);
    await journal.records.accept(job);
    await journal.records.save(
      () => ({ ...job, state: 'cancelled', delivery: 'posted', timings: TIMINGS }),
      job,
    );
  }
  journal.close();
  const raw = new Libsql(file);
  raw.pragma('wal_checkpoint(TRUNCATE)');
  raw.close();
  const handle = openSync(file, 'r+');
  const middle = Math.floor(statSync(file).size / 2 / 4096) * 4096;
  writeSync(handle, new Uint8Array(3 * 4096).fill(0xa5), 0, 3 * 4096, middle);
  closeSync(handle);
  return folder;
}

test('a damaged journal stops the start with one sentence; the salvage that it names opens the service', async () => {
  const folder = await aDamagedJournal();
  await expect(startProcess({ PORT: '0', DATA_DIR: folder })).rejects.toThrow(
    /^exit 1: The journal "[^\n]*" is damaged \([^\n*\\]*\); [^\n]*npm start -- --salvage[^\n]*\n$/,
  );
  const port = await freePort();
  const { PATH = '', HOME = '' } = process.env;
  const npm = spawn('npm', ['start', '--', '--salvage'], {
    env: { PATH, HOME, PORT: String(port), DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void npm.kill('SIGTERM'));
  let said = '';
  for await (const text of npm.stdout.setEncoding('utf8')) {
    said += text;
    if (said.includes('Darkroom is open')) break;
  }
  const [, kept = '0', lost = '0'] = /^Kept of the journal: (\d+) jobs.*; lost: (\d+) rows/m.exec(said) ?? [];
  expect(Number(kept)).toBeGreaterThan(ids.length / 2);
  expect(Number(kept) + Number(lost)).toBeGreaterThanOrEqual(ids.length);
  const damaged = readdirSync(folder).find((name) => name.startsWith('journal.db.damaged-'));
  expect(said).toContain(`The damaged journal is ${path.join(folder, damaged!)}`);
  const answers = await Promise.all(
    ids.map(async (id) => (await fetch(`http://127.0.0.1:${port}/api/jobs/${id}`)).status),
  );
  expect(answers.filter((status) => status === 200)).toHaveLength(Number(kept));

  const exit = new Promise((resolve) => npm.once('exit', resolve));
  npm.kill('SIGTERM');
  await exit;
  const after = await startProcess({ PORT: '0', DATA_DIR: folder });
  onTestFinished(() => void after.child.kill('SIGKILL'));
  expect((await fetch(`${after.address}healthz`)).status).toBe(200);
});
