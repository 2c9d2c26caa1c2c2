/** `npm run chaos`: a long campaign; `CHAOS_RUNS` and `CHAOS_SEED` change it. Exit code 1 if anything was lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runChaos } from './campaign.ts';

const runs = Number(process.env.CHAOS_RUNS ?? 200);
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1e6);
const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-chaos-'));
const onRun = (run: number) => run % 10 === 0 && process.stderr.write(`${run} of ${runs} runs\n`);
const report = await runChaos({ runs, seed, folder, onRun });
console.log(JSON.stringify(report));
const { lost, doubleFinals, halfPictures, doubleJobs } = report;
const isClean = lost + doubleFinals + halfPictures + doubleJobs === 0;
if (isClean) rmSync(folder, { recursive: true });
else console.error(`the files are in ${folder}`);
process.exit(isClean ? 0 : 1);
