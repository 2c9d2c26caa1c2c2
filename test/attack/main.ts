/**
 * `npm run attack [-- --short] [--limit MS] [NAME...]`: plays every kind of hostile request against the real service and prints
 * one line a kind: how long the service's own loop was held up at most, by its own account in `/metrics`; the longest
 * answer of `/healthz` as another process saw it; memory before and after; what was said. Exit 1 where a kind did harm.
 * The loop may be held up for 100 ms, or `--limit`. That is measured on the wall, so the verdict is about the service only
 * where nothing else wants the processor; the machine's load is told at the end. A kind that was over is played once more
 * on a service of its own, since hiccups do not come twice.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProcess } from '../bot/web/a-process.ts';
import type { Kind } from './kind.ts';
import { KINDS } from './kinds/index.ts';
import { PASSWORD, TOKEN } from './passwords.ts';
import { Target } from './target.ts';

const ENVIRONMENTS: Readonly<Record<Kind['against'], Readonly<Record<string, string>>>> = {
  open: {},
  locked: {
    API_TOKEN: TOKEN,
    DISCORD_TOKEN: 'not-a-token',
    DISCORD_API_URL: `http://caller:${PASSWORD}@127.0.0.1:9/api`,
  },
};

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, limit: { type: 'string', default: '100' } },
});
const { short } = values;
/** Milliseconds for which the service's loop may be held up. */
const longest = Number(values.limit);
const wanted = KINDS.filter(({ name }) => names.length === 0 || names.includes(name));
let failed = 0;
for (const against of ['open', 'locked'] as const) {
  const kinds = wanted.filter((kind) => kind.against === against);
  const slow = await play(against, kinds);
  // Another service: on the one before, limits are used up.
  for (const kind of slow) failed += (await play(against, [kind])).length;
}
console.log(
  `${wanted.length - failed} passed, ${failed} failed; load of the machine ${loadavg()[0]!.toFixed(1)}`,
);
process.exitCode = failed > 0 || wanted.length === 0 ? 1 : 0;

/** @returns the kinds that held the service up for too long, and did no other harm */
async function play(against: Kind['against'], kinds: readonly Kind[]): Promise<Kind[]> {
  if (kinds.length === 0) return [];
  const slow: Kind[] = [];
  const dataDir = mkdtempSync(path.join(tmpdir(), 'darkroom-attack-'));
  const env = { PORT: '0', DEVICES: 'cpu', DATA_DIR: path.join(dataDir, 'data'), ...ENVIRONMENTS[against] };
  const service = await startProcess(env);
  const health = fork(path.join(import.meta.dirname, 'watch-health.ts'), [service.address]);
  try {
    const target = new Target(service, env.DATA_DIR);
    await warmUp(target);
    for (const kind of kinds) {
      const verdict = await playOne(kind, target, health);
      if (verdict === 'slow') slow.push(kind);
      if (verdict === 'FAIL') failed++;
    }
    return slow;
  } finally {
    health.disconnect();
    await service.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** `slow`: nothing was wrong but how long others waited. */
type Verdict = 'pass' | 'slow' | 'FAIL';

async function playOne(kind: Kind, target: Target, health: ChildProcess): Promise<Verdict> {
  await Promise.all([worstOf(health), target.longestTurn()]);
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
  const [worst, turn] = await Promise.all([worstOf(health), target.longestTurn()]);
  if (verdict === 'pass' && turn > longest) verdict = 'slow';
  const memory = [before, target.memory()].map((bytes) =>
    bytes === undefined ? '?' : Math.round(bytes / 2 ** 20),
  );
  const figures = `loop ${Math.round(turn)} ms, healthz ${Math.round(worst)} ms, memory ${memory.join(' -> ')} MB`;
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

/** Milliseconds. */
async function worstOf(watcher: ChildProcess): Promise<number> {
  const told = once(watcher, 'message');
  watcher.send('tell');
  const [worst] = (await told) as [number];
  return worst;
}
