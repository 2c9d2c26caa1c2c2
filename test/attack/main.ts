/**
 * `npm run attack [-- --short] [-- NAME...]`: plays every kind of hostile request against the real service and prints
 * one line a kind: the longest answer of `/healthz` meanwhile, memory before and after, what was said. Exit 1 where a
 * kind did harm. `/healthz` may take 100 ms, or three times what it takes here while nothing happens.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startProcess } from '../bot/web/a-process.ts';
import type { Kind } from './kind.ts';
import { KINDS } from './kinds/index.ts';
import { PASSWORD, TOKEN } from './passwords.ts';
import { Target } from './target.ts';

/** Milliseconds. */
const LONGEST = 100;
const IDLE = 1_500;

const ENVIRONMENTS: Readonly<Record<Kind['against'], Readonly<Record<string, string>>>> = {
  open: {},
  locked: {
    API_TOKEN: TOKEN,
    DISCORD_TOKEN: 'not-a-token',
    DISCORD_API_URL: `http://caller:${PASSWORD}@127.0.0.1:9/api`,
  },
};

const args = process.argv.slice(2);
const short = args.includes('--short');
const names = args.filter((arg) => !arg.startsWith('--'));
const wanted = KINDS.filter(({ name }) => names.length === 0 || names.includes(name));
let failed = 0;
for (const against of ['open', 'locked'] as const) {
  const kinds = wanted.filter((kind) => kind.against === against);
  if (kinds.length > 0) await play(against, kinds);
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || wanted.length === 0 ? 1 : 0;

async function play(against: Kind['against'], kinds: readonly Kind[]): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'darkroom-attack-'));
  const env = { PORT: '0', DEVICES: 'cpu', DATA_DIR: path.join(dataDir, 'data'), ...ENVIRONMENTS[against] };
  const service = await startProcess(env);
  const watcher = fork(path.join(import.meta.dirname, 'watch-health.ts'), [service.address]);
  try {
    const target = new Target(service, env.DATA_DIR);
    await warmUp(target);
    await worstHealth(watcher);
    await pause(IDLE);
    const limit = Math.max(LONGEST, 3 * (await worstHealth(watcher)));
    for (const kind of kinds) await playOne(kind, target, watcher, limit);
  } finally {
    watcher.disconnect();
    await service.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function playOne(kind: Kind, target: Target, watcher: ChildProcess, limit: number): Promise<void> {
  const before = target.memory();
  let said = '';
  let isHarmless = true;
  try {
    said = await kind.run(target, short);
    if ((await target.ask('/healthz')).status !== 200) throw new Error('the service does not answer');
  } catch (error) {
    isHarmless = false;
    said = (error as Error).message;
  }
  const worst = await worstHealth(watcher);
  const passed = isHarmless && worst <= limit;
  if (!passed) failed++;
  const memory = [before, target.memory()].map((bytes) =>
    bytes === undefined ? '?' : Math.round(bytes / 2 ** 20),
  );
  const figures = `healthz ${Math.round(worst)} ms (of ${Math.round(limit)}), memory ${memory.join(' -> ')} MB`;
  console.log(`${kind.name.padEnd(20)} ${passed ? 'pass' : 'FAIL'}  ${figures}  ${said}`);
}

/** The first request loads code, the first picture a model. */
async function warmUp(target: Target): Promise<void> {
  const end = performance.now() + 60_000;
  while ((await target.ask('/readyz')).status !== 200 && performance.now() < end) {
    // A chat that cannot be reached keeps it unready for ever; the device is what is waited for.
    if (
      /cpu/.test(JSON.stringify(await (await fetch(new URL('/readyz', target.service.address))).json())) ===
      false
    )
      break;
    await pause(200);
  }
  await target.post('/api/imagine', '{"prompt":"x","cfg":"warm"}');
}

function worstHealth(watcher: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    watcher.once('message', (worst) => resolve(Number(worst)));
    watcher.send('tell');
  });
}
