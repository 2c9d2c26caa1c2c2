/** How programs are started: compiled once, and again after a change. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');
/** Milliseconds after which a process that does not end is killed, and its status is null; a busy machine needs a minute. */
const HANGS = 200_000;
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['bot', 'commands', 'config', 'pipeline', 'run.mjs', 'package.json', 'package-lock.json'])
  cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
for (const name of ['node_modules', 'models']) symlinkSync(path.join(ROOT, name), path.join(folder, name));

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs', ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: HANGS,
  });
  return { status, stdout, stderr };
}
const kept = () => readdirSync(path.join(folder, '.cache/compiled'));

test('a program is compiled at its first start, and anew only when a source was written to', () => {
  const first = run('bot/terminal/main.ts', '--help');
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toContain('npm run imagine');
  const [made] = kept();
  expect(existsSync(path.join(folder, '.cache/compiled', made!, 'pipeline/worker.js'))).toBe(true);
  expect(run('bot/terminal/main.ts', '--help')).toEqual(first);
  expect(kept()).toEqual([made]);
  writeFileSync(
    path.join(folder, 'config/program.ts'),
    "export const PROGRAM = { name: 'Changed', version: '9.9.9', page: '' } as const;\n",
  );
  expect(run('bot/terminal/main.ts', '--help').status).toBe(0);
  expect(kept()).toHaveLength(1);
  expect(kept()).not.toEqual([made]);
});

test('bad input is refused, and the worker that was started early is gone', () => {
  const { status, stderr } = run('bot/terminal/main.ts', 'a boat', '--steps', 'many');
  expect(status).toBe(2);
  expect(stderr).toContain('--steps');
});

test('where nothing can be kept, the sources are read at every start', () => {
  rmSync(path.join(folder, '.cache'), { recursive: true });
  writeFileSync(path.join(folder, '.cache'), 'no folder');
  expect(run('bot/terminal/main.ts', '--help')).toMatchObject({ status: 0, stderr: '' });
});

test('what is no program of ours is refused with the list of those that are', () => {
  expect(run('bot/compose.ts')).toMatchObject({ status: 2, stderr: expect.stringContaining('bot/main.ts') });
});

test('the service says that it starts before anything else, also one that cannot start', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs', 'bot/main.ts'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: HANGS,
    env: { ...process.env, PORT: 'none' },
  });
  const [first, second] = stdout.split('\n');
  expect([status, first]).toEqual([2, 'Darkroom is starting; its address follows.']);
  expect(second).toMatch(/^Compiling/);
  expect(stderr).toContain('PORT is "none"');
});

test('every command of package.json is one for shells of all systems', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  const words = Object.values(scripts).flatMap((script) =>
    script.split(' && ').map((one) => one.split(' ')[0]!),
  );
  expect([...new Set(words)].toSorted()).toEqual(['biome', 'exec', 'node', 'tsc', 'tsx', 'vitest']);
  // What a shell has of itself elsewhere, Windows finds in the folder in which npm runs it.
  expect(readFileSync(path.join(ROOT, 'exec.cmd'), 'utf8')).toMatch(/^@%\*\r$/m);
  expect(Object.values(scripts).join(' ')).not.toMatch(/[;$'`|<>]/);
});
