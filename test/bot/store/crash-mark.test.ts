/** What tells the next start that the last run ended by itself. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { markCrash, takeCrashMark } from '../../../bot/store/crash-mark.ts';
import { aFolder } from '../jobs/some-jobs.ts';

const REPOSITORY = path.join(import.meta.dirname, '../../..');

test('a folder without a mark is of a run that was ended by somebody', () => {
  expect(takeCrashMark(aFolder())).toBe(false);
});

test('a mark is found once', () => {
  const folder = aFolder();
  markCrash(folder, 0);
  expect([takeCrashMark(folder), takeCrashMark(folder)]).toEqual([true, false]);
});

test('where it cannot be written, nothing is thrown', () => {
  const folder = aFolder();
  mkdirSync(path.join(folder, 'crashed'));
  expect(() => markCrash(folder, 0)).not.toThrow();
  expect(() => markCrash(path.join(folder, 'not there'), 0)).not.toThrow();
});

test('a process whose memory is full leaves Node’s own report, without the environment; it counts as a mark', () => {
  const folder = aFolder();
  const program = `
    import { reportFatalErrors } from './bot/store/crash-mark.ts';
    reportFatalErrors(${JSON.stringify(folder)}, process.report);
    const kept = [];
    for (;;) kept.push(new Array(1e5).fill({}));
  `;
  const args = ['--max-old-space-size=40', '--import', 'tsx', '--input-type=module', '-e', program];
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: REPOSITORY,
    env: { ...process.env, DISCORD_TOKEN: 'canary-token' },
  });
  expect(signal ?? status).not.toBe(0);
  const report = path.join(folder, 'crash-report.json');
  const canReport = 'excludeEnv' in (process.report ?? {});
  expect(existsSync(report)).toBe(canReport);
  expect(takeCrashMark(folder)).toBe(canReport);
  expect(takeCrashMark(folder)).toBe(false);
  if (!canReport) return;
  const kept = readFileSync(path.join(folder, 'last-crash-report.json'), 'utf8');
  expect(kept).toContain('heap');
  expect(kept).not.toContain('canary-token');
});
