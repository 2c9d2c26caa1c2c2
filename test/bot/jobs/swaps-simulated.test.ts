/**
 * An hour of a busy team on the real queue, with virtual time: drafts without end beside finals, devices of different
 * speed, and models that take a while to be swapped.
 */
import { expect, test } from 'vitest';
import { Device } from '../../../bot/devices/device.ts';
import { Dispatcher } from '../../../bot/jobs/dispatcher.ts';
import { FairQueue, type Waiting } from '../../../bot/jobs/fair-queue.ts';
import { JOBS } from '../../../config/defaults.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeRenderer } from './fake-renderer.ts';

const HOUR = 3_600_000;
/** Milliseconds on a device of speed 1: a draft of four steps, a final of 28, and the change from one model to the other. */
const RENDERING: Readonly<Record<string, number>> = { turbo: 1_000, large: 20_000 };
const SWAP = 8_000;
/** After its picture, a person looks at it for so long before asking again. */
const LOOKING = 2_000;

interface Person {
  readonly name: string;
  readonly model: string;
}

interface Waited {
  readonly person: Person;
  readonly ms: number;
}

/** @param speeds of each device: 2 is twice as fast, in swapping too */
async function hourOf(speeds: Readonly<Record<string, number>>, people: readonly Person[]) {
  const clock = new FakeClock();
  const devices = Object.keys(speeds).map((name) => new Device(name, new FakeRenderer(clock, 1), clock));
  const waited: Waited[] = [];
  let swaps = 0;
  const loading = ({ model }: Waiting<Person>, device: Device) => (device.resident === model ? 0 : SWAP);
  const expected = (job: Waiting<Person>, device: Device) =>
    (loading(job, device) + RENDERING[job.model]!) / speeds[device.device]!;
  let asked = 0;
  const ask = (person: Person) =>
    dispatcher.add({
      id: String(++asked),
      person: person.name,
      model: person.model,
      value: person,
      since: clock.monotonic(),
    });
  const work = async (job: Waiting<Person>, device: Device) => {
    waited.push({ person: job.value, ms: clock.monotonic() - job.since });
    const time = expected(job, device);
    if (device.resident !== job.model) swaps++;
    device.resident = job.model;
    await new Promise<void>((done) => void clock.after(time, done));
    clock.after(LOOKING, () => ask(job.value));
  };
  const dispatcher = new Dispatcher(devices, new FairQueue<Person>(JOBS), clock, work, expected);
  for (const person of people) ask(person);
  await clock.advance(HOUR);
  for (const { since, value } of dispatcher.queue.inOrder()) {
    waited.push({ person: value, ms: clock.monotonic() - since });
  }
  const longest = (model: string) =>
    Math.max(...waited.filter(({ person }) => person.model === model).map(({ ms }) => ms));
  const served = (name: string) => waited.filter(({ person }) => person.name === name).length;
  return { longest, served, swaps, pictures: waited.length };
}

const drafters = Array.from({ length: 12 }, (_, i): Person => ({ name: `draft ${i}`, model: 'turbo' }));
const finishers = ['Anna', 'Ben'].map((name): Person => ({ name, model: 'large' }));

test.each([
  ['one card', { 'cuda:0': 1 }],
  ['two equal cards', { 'cuda:0': 1, 'cuda:1': 1 }],
  ['a fast card, a slow one and a processor', { 'cuda:0': 2, 'cuda:1': 0.5, cpu: 0.05 }],
])('a swap of models never starves anyone: %s', async (_, speeds) => {
  const { longest, served, swaps, pictures } = await hourOf(speeds, [...drafters, ...finishers]);
  // A whole round of everybody, with a swap to the other model and back for each final in it.
  const speed = Math.max(...Object.values(speeds));
  const round =
    (drafters.length * RENDERING.turbo! + finishers.length * (RENDERING.large! + 2 * SWAP)) / speed;
  expect(longest('large')).toBeLessThan(2 * round + JOBS.passedOverFor);
  expect(longest('turbo')).toBeLessThan(2 * round + JOBS.passedOverFor);
  for (const { name } of finishers) expect(served(name)).toBeGreaterThan(HOUR / (4 * round));
  // And the swaps that fairness costs are few: most pictures are made with what is held.
  expect(swaps).toBeLessThan(pictures / 2);
});

test('beside a fast device a slow one helps, and delays nobody', async () => {
  const people = drafters.slice(0, 6);
  const alone = await hourOf({ 'cuda:0': 1 }, people);
  const together = await hourOf({ 'cuda:0': 1, cpu: 0.1 }, people);
  expect(together.pictures).toBeGreaterThanOrEqual(alone.pictures);
  expect(together.longest('turbo')).toBeLessThanOrEqual(alone.longest('turbo') + RENDERING.turbo! + SWAP);
});
