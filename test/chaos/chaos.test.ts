/** A short campaign with every test run; the long one is `npm run chaos`. */
import { expect, test } from 'vitest';
import { aFolder } from '../bot/jobs/a-desk.ts';
import { runChaos } from './campaign.ts';

const kills = Number(process.env.CHAOS_KILLS ?? 8);
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1e6);

test('kill -9 of the service or its workers, full disks and wrong clocks lose nothing and post nothing twice', {
  timeout: 600_000,
}, async () => {
  const report = await runChaos({ kills, seed, folder: aFolder() });
  console.log(`chaos: ${JSON.stringify(report)}`);
  expect(report.accepted).toBeGreaterThan(0);
  expect(report).toMatchObject({
    lost: 0,
    doubleFinals: 0,
    halfPictures: 0,
    doubleJobs: 0,
    failedForNothing: 0,
  });
  expect(report.delivered + report.failed).toBe(report.accepted);
});
