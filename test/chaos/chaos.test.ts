/** A short campaign with every test run; the long one is `npm run chaos`. */
import { expect, test } from 'vitest';
import { aFolder } from '../bot/jobs/some-jobs.ts';
import { runChaos } from './campaign.ts';

const runs = Number(process.env.CHAOS_RUNS ?? 12);
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1e6);

test('kill -9 of the service or its workers loses nothing and posts nothing twice', {
  timeout: 600_000,
}, async () => {
  const report = await runChaos({ runs, seed, folder: aFolder() });
  console.log(
    `chaos: ${runs} runs, ${report.accepted} accepted, ${report.lost} lost, ${report.doubleFinals} double finals, ${report.halfPictures} half pictures (seed ${seed})`,
  );
  expect(report.accepted).toBeGreaterThan(runs);
  expect(report).toMatchObject({ lost: 0, doubleFinals: 0, halfPictures: 0, doubleJobs: 0 });
  expect(report.delivered + report.failed).toBe(report.accepted);
});
