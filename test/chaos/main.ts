/** `npm run chaos`: a long campaign; `CHAOS_KILLS`, `CHAOS_SEED` and `CHAOS_MINUTES` (at most) change it. Exit code 1 if anything went wrong. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runChaos } from './campaign.ts';

const kills = Number(process.env.CHAOS_KILLS ?? 500);
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1e6);
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-chaos-'));
const most = Number(process.env.CHAOS_MINUTES ?? 24 * 60) * 60_000;
const begin = performance.now();
const onKill = (done: number) => process.stderr.write(`\r${done} of ${kills} kills `);
const report = await runChaos({ kills, most, seed, folder, onKill });
const minutes = Math.round((performance.now() - begin) / 6_000) / 10;
process.stderr.write('\n');
console.log(JSON.stringify({ ...report, minutes }));
const { lost, doubleFinals, halfPictures, doubleJobs, failedForNothing } = report;
const isClean = lost + doubleFinals + halfPictures + doubleJobs + failedForNothing === 0;
if (isClean) rmSync(folder, { recursive: true, force: true });
else console.error(`the files are in ${folder}`);
process.exit(isClean ? 0 : 1);
