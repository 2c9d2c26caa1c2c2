/** The real service on a real file system of 48 MiB that fills up. Needs the right to mount one; says so where it has not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../config/faults.ts';
import { until } from '../until.ts';
import { startProcess } from './web/a-process.ts';

const SIZE = 48;
const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && mount(tmpFolder(), 1);

function tmpFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'darkroom-small-'));
}

function mount(folder: string, megabytes: number, keep = false): boolean {
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (!keep) unmount(folder);
  return done.status === 0;
}

function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
}

test.skipIf(!mayMount)(
  'a full disk is told in one sentence, is not ready, is in the log, and passes by itself',
  async () => {
    const folder = tmpFolder();
    mount(folder, SIZE, true);
    onTestFinished(() => unmount(folder));
    const service = await startProcess({ PORT: '0', DATA_DIR: folder });
    onTestFinished(() => void service.child.kill('SIGKILL'));
    const get = async (where: string) => {
      const answer = await fetch(`${service.address}${where}`);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const imagine = async (options: object) => {
      const answer = await fetch(`${service.address}api/imagine`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a red boat', steps: 4, ...options }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    await until(async () => (await get('readyz')).status === 200);

    // Idle.
    const ballast = path.join(folder, 'ballast');
    const fill = () => {
      try {
        writeFileSync(ballast, new Uint8Array(SIZE * 2 ** 20));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      }
    };
    fill();
    expect(await get('readyz')).toMatchObject({
      status: 503,
      body: { reasons: [expect.stringContaining('disk is full')] },
    });
    expect(await imagine({})).toMatchObject({
      status: 503,
      body: {
        code: 'disk.full',
        error: new Fault('disk.full', {}).message,
      },
    });
    expect(service.stderr()).toContain('disk_trouble');
    expect((await get('healthz')).status).toBe(200);
    rmSync(ballast);
    await until(async () => (await get('readyz')).status === 200);

    // While a picture is made.
    const { body } = await imagine({ steps: 80, seed: 5 });
    const job = async () => (await get(`api/jobs/${body.id}`)).body;
    await until(async () => Number((await job()).step) >= 1);
    fill();
    await until(async () => service.stderr().includes('ENOSPC') || service.stderr().includes('SQLITE_FULL'));
    expect((await job()).state).toBe('running');
    rmSync(ballast);
    await until(async () => (await job()).state === 'delivered');
    expect((await job()).attempts).toBe(1);
    expect(service.child.exitCode).toBeNull();
  },
);
