/** Somebody sets the machine's clock back or ahead while the service runs: nobody is refused, left waiting or killed for it. */
import { expect, test } from 'vitest';
import { RouteBudgets } from '../../../bot/messages/route-budget.ts';
import { JOBS } from '../../../config/defaults.ts';
import { FakeClock } from '../fake-clock.ts';
import { ANNA, STUDIO } from './a-job.ts';
import { someJobs, submitTo, until } from './some-jobs.ts';

const HOUR = 3_600_000;

test('a clock set back three hours refuses nobody for three hours', async () => {
  const t = await someJobs({ limits: { personRate: { burst: 2, every: 1_000 } } });
  await Promise.all([submitTo(t.jobs), submitTo(t.jobs)]);
  await expect(submitTo(t.jobs)).rejects.toMatchObject({ code: 'limit.person_rate' });
  t.clock.setAhead(-3 * HOUR);
  await t.clock.advance(1_000);
  await submitTo(t.jobs);
});

test('what was asked for while the clock was a year ahead fills no quota for a year', async () => {
  const t = await someJobs();
  const ask = () => submitTo(t.jobs, ANNA, { place: { ...STUDIO, server: 's' } });
  const asked = () => t.jobs.history.requestTimes(ANNA, 's', 5).length;
  await ask();
  t.clock.setAhead(365 * 24 * HOUR);
  await ask();
  expect(asked()).toBe(2);
  t.clock.setAhead(-365 * 24 * HOUR);
  expect(asked()).toBe(1);
  await ask();
  expect(asked()).toBe(2);
});

test('a clock set ahead gives nobody more than their rate', async () => {
  const t = await someJobs({ limits: { personRate: { burst: 1, every: 60_000 } } });
  await submitTo(t.jobs);
  t.clock.setAhead(HOUR);
  await expect(submitTo(t.jobs)).rejects.toMatchObject({ data: { retry_after_s: 60 } });
});

test.each([
  ['back three hours', -3 * HOUR],
  ['ahead a day', 24 * HOUR],
])(
  'a clock set %s while a picture is made neither kills its worker nor blinds the watchdog',
  async (_, ms) => {
    const t = await someJobs({ stepTime: 1_000 });
    const { id } = await submitTo(t.jobs);
    await t.clock.advance(1_500);
    t.clock.setAhead(ms);
    await until(() => t.jobs.find(id).delivery === 'posted', t.clock, 100);
    expect([t.renderer.kills, t.jobs.find(id).attempts]).toEqual([0, 1]);
    t.renderer.mishaps.push('hang');
    await submitTo(t.jobs);
    await t.clock.advance(500);
    t.clock.setAhead(ms);
    await t.clock.advance(Math.max(JOBS.silenceUnmeasured, JOBS.silence) + 2_000);
    expect(t.renderer.kills).toBe(1);
  },
);

test('a device whose worker died rests for its half second, not for the hours that the clock was set back', async () => {
  const t = await someJobs();
  t.renderer.mishaps.push('crash');
  const { id } = await submitTo(t.jobs);
  await until(() => t.jobs.deviceStatus()[0]!.state === 'resting', t.clock);
  t.clock.setAhead(-2 * HOUR);
  await t.clock.advance(JOBS.rest.first);
  expect(t.jobs.deviceStatus()[0]!.state).not.toBe('resting');
  await until(() => t.jobs.find(id).delivery === 'posted', t.clock);
});

test('foreseen times do not grow by the hours that the clock was set back', async () => {
  const t = await someJobs({ stepTime: 1_000 });
  const ids = [await submitTo(t.jobs), await submitTo(t.jobs)].map(({ id }) => id);
  await t.clock.advance(1_500);
  t.clock.setAhead(-3 * HOUR);
  const [next] = t.jobs.queue();
  expect(next!.job.id).toBe(ids[1]);
  expect(next!.startsIn).toBeLessThan(10_000);
});

test('nothing that was measured becomes negative', async () => {
  const t = await someJobs();
  const { id } = await submitTo(t.jobs);
  t.clock.setAhead(-3 * HOUR);
  await until(() => t.jobs.find(id).delivery === 'posted', t.clock);
  const times = t.observed.flatMap((one) => ('ms' in one ? [one.ms] : []));
  expect(times.length).toBeGreaterThan(3);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
});

test('jobs made after the clock was set back still come after those before', async () => {
  const t = await someJobs();
  const first = await submitTo(t.jobs);
  t.clock.setAhead(-3 * HOUR);
  const second = await submitTo(t.jobs);
  expect(second.id > first.id).toBe(true);
});

test('a route’s calls are free again after its time, also when the clock was set back', async () => {
  const clock = new FakeClock();
  const budgets = new RouteBudgets(clock);
  const allowance = { count: 1, every: 5_000 };
  budgets.enter('r', 'job', allowance);
  budgets.spend('r', allowance)();
  clock.setAhead(-3 * HOUR);
  expect(budgets.previewWait('r', allowance)).toBeLessThanOrEqual(5_000);
});
