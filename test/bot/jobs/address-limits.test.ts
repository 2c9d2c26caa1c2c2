import { expect, test } from 'vitest';
import { AddressLimits } from '../../../bot/jobs/address-limits.ts';
import { FakeClock } from '../fake-clock.ts';
import { ANNA, STUDIO } from './a-job.ts';

test('the jobs of an address that still wait are counted, whoever asked; those that ended are not', async () => {
  const limits = { waitingOfPerson: 1, personRate: { burst: 1e6, every: 1 } };
  const clock = new FakeClock();
  const addresses = new AddressLimits({ limits, clock, isWaiting: (job) => job !== '6' });
  let asked = 0;
  const ask = (address = 'home') =>
    addresses.admit(address, { by: { ...ANNA, id: String(asked) }, place: STUDIO }, async ({ allow }) => {
      allow?.();
      return { job: String(++asked) };
    });
  // Four people of one address may have one waiting each.
  for (let i = 0; i < 4; i++) await ask();
  await expect(ask()).rejects.toMatchObject({ code: 'limit.address' });
  await ask('elsewhere');
  addresses.left('2');
  addresses.left('2');
  await clock.advance(3_600_000);
  // One that begins before its asker is answered does not wait.
  await ask();
  await ask();
  await expect(ask()).rejects.toMatchObject({ code: 'limit.address' });
});

test('alone on one’s own machine nobody is counted, but a browser that is somebody else at every request is', async () => {
  const limits = { waitingOfPerson: 3, personRate: { burst: 1e6, every: 1 } };
  const addresses = new AddressLimits({ limits, clock: new FakeClock(), isWaiting: () => true });
  let asked = 0;
  const ask = (address: string, id: string) =>
    addresses.admit(address, { by: { ...ANNA, id }, place: STUDIO, alone: true }, async ({ allow }) => {
      allow?.();
      return { job: String(++asked) };
    });
  for (let i = 0; i < 50; i++) await ask('home', 'anna');
  for (let i = 0; i < 12; i++) await ask('elsewhere', String(i));
  await expect(ask('elsewhere', 'another')).rejects.toMatchObject({ code: 'limit.address' });
});

test('a request asks for no job but its own, however many of its address wait: a thousand took the service 22 s', async () => {
  const limits = { waitingOfPerson: 1e6, personRate: { burst: 1e6, every: 1 } };
  const asked: string[] = [];
  const isWaiting = (job: string) => asked.push(job) > 0;
  const addresses = new AddressLimits({ limits, clock: new FakeClock(), isWaiting });
  const jobs = Array.from({ length: 300 }, (_, i) => String(i));
  for (const job of jobs)
    await addresses.admit('home', { by: ANNA, place: STUDIO }, async ({ allow }) => {
      allow?.();
      return { job };
    });
  expect(asked).toEqual(jobs);
});
