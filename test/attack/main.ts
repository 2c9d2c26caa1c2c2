/**
 * `npm run attack [-- --short] [-- NAME...]`: plays every kind of hostile request against the real service and prints
 * one line a kind: the longest answer of `/healthz` meanwhile, memory before and after, what was said. Exit 1 where a
 * kind did harm. `/healthz` may take 100 ms of a machine that is not busy; on one that is, as many times longer as
 * work takes there meanwhile. A kind that was over is played once more, since hiccups do not come twice.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
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
  const child = (file: string) => fork(path.join(import.meta.dirname, file), [service.address]);
  const [health, busy] = [child('watch-health.ts'), child('control.ts')] as const;
  try {
    const target = new Target(service, env.DATA_DIR);
    await warmUp(target);
    for (const kind of kinds) {
      const first = await playOne(kind, target, [health, busy]);
      const last = first === 'slow' ? await playOne(kind, target, [health, busy]) : first;
      if (last !== 'pass') failed++;
    }
  } finally {
    health.disconnect();
    busy.disconnect();
    await service.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** `slow`: nothing was wrong but how long others waited. */
type Verdict = 'pass' | 'slow' | 'FAIL';

async function playOne(kind: Kind, target: Target, watchers: readonly ChildProcess[]): Promise<Verdict> {
  await Promise.all(watchers.map(worstOf));
  const before = target.memory();
  let said = '';
  let verdict: Verdict = 'pass';
  try {
    said = await kind.run(target, short);
    if ((await target.ask('/healthz')).status !== 200) throw new Error('the service does not answer');
  } catch (error) {
    verdict = 'FAIL';
    said = (error as Error).message;
  }
  const [worst = 0, slowdown = 1] = await Promise.all(watchers.map(worstOf));
  if (verdict === 'pass' && worst > LONGEST * slowdown) verdict = 'slow';
  const memory = [before, target.memory()].map((bytes) =>
    bytes === undefined ? '?' : Math.round(bytes / 2 ** 20),
  );
  const figures = `healthz ${Math.round(worst)} ms (machine ${slowdown.toFixed(1)} x slowed), memory ${memory.join(' -> ')} MB`;
  console.log(`${kind.name.padEnd(20)} ${verdict}  ${figures}  ${said}`);
  return verdict;
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

/** Milliseconds, or how many times slower. */
async function worstOf(watcher: ChildProcess): Promise<number> {
  const told = once(watcher, 'message');
  watcher.send('tell');
  const [worst] = (await told) as [number];
  return worst;
}
