/** Jobs whose files are not on every device: each goes where it can be drawn, and waits where that is out of reach. */
import { expect, test } from 'vitest';
import { Device } from '../../../bot/devices/device.ts';
import type { Offer, Wanted } from '../../../bot/devices/elsewhere.ts';
import { Dispatcher } from '../../../bot/jobs/dispatcher.ts';
import { FairQueue, type Waiting } from '../../../bot/jobs/fair-queue.ts';
import { firstToBegin } from '../../../bot/jobs/finish-first.ts';
import { JOBS } from '../../../config/defaults.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { aRequestFor } from './a-job.ts';
import { FakeRenderer } from './fake-renderer.ts';

class ChangingOffer implements Offer {
  readonly files = { loras: [], controls: [] };
  isReachable = true;
  readonly models = [];
  private readonly names: readonly string[];
  private readonly listeners: (() => void)[] = [];
  constructor(names: readonly string[]) {
    this.names = names;
  }
  draws({ model }: Wanted): boolean {
    return this.names.includes(model.name);
  }
  subscribe(changed: () => void): void {
    this.listeners.push(changed);
  }
  set(isReachable: boolean): void {
    this.isReachable = isReachable;
    for (const changed of this.listeners) changed();
  }
}

function aDispatcher(offers: readonly ChangingOffer[], isFinishFirst: boolean) {
  const clock = new FakeClock();
  const done: string[] = [];
  const devices = offers.map(
    (offer, i) => new Device(`d${i}`, Object.assign(new FakeRenderer(clock, 1), { offer }), clock),
  );
  const dispatcher = new Dispatcher<string>(
    devices,
    new FairQueue(JOBS),
    clock,
    async ({ id }, { device }) => void done.push(`${id} on ${device}`),
    isFinishFirst ? () => 1000 : undefined,
    ({ model }, device) => device.draws(aRequestFor(model)),
  );
  for (const device of devices) device.subscribe(() => dispatcher.wake());
  const add = (id: string, model: string) =>
    dispatcher.add({ id, person: 'anna', model, value: id, since: 0 } satisfies Waiting<string>);
  return { add, done, dispatcher };
}

test.each([true, false])('a job goes to the device that has its model (finish first: %s)', async (first) => {
  const { add, done } = aDispatcher([new ChangingOffer(['large']), new ChangingOffer(['medium'])], first);
  for (const [id, model] of [
    ['a', 'medium'],
    ['b', 'medium'],
    ['c', 'large'],
  ] as const)
    add(id, model);
  await settle();
  expect(done.toSorted()).toEqual(['a on d1', 'b on d1', 'c on d0']);
});

test.each([true, false])(
  'what nobody can draw now waits, and holds up no other (finish first: %s)',
  async (first) => {
    const offers = [new ChangingOffer(['large']), new ChangingOffer(['medium'])];
    const { add, done, dispatcher } = aDispatcher(offers, first);
    offers[1]!.set(false);
    for (let i = 0; i < 80; i++) add(`m${i}`, 'medium');
    add('l', 'large');
    await settle();
    expect(done).toEqual(['l on d0']);
    offers[1]!.set(true);
    for (let i = 0; i < 200; i++) await settle();
    expect(done).toHaveLength(81);
    expect(dispatcher.queue.size).toBe(0);
  },
);

test('a device that cannot do a job is no lane for it, however idle', () => {
  const idle = { freeIn: 0, isFree: true };
  const busy = { freeIn: 5_000, isFree: false };
  const onlyOnSecond = (_: number, lane: number) => (lane === 0 ? Number.POSITIVE_INFINITY : 1_000);
  expect(firstToBegin([idle, busy], 3, onlyOnSecond)).toBeUndefined();
  expect(firstToBegin([idle, idle], 3, onlyOnSecond)).toEqual({ job: 0, lane: 1 });
  expect(firstToBegin([idle, idle], 3, () => Number.POSITIVE_INFINITY)).toBeUndefined();
});

test('a hundred free devices, all better off elsewhere, are reckoned with once, not once for each of them', async () => {
  const clock = new FakeClock();
  const devices = Array.from(
    { length: 100 },
    (_, i) => new Device(`d${i}`, new FakeRenderer(clock, 1), clock),
  );
  let asked = 0;
  const work = () => new Promise<void>(() => {});
  const expected = (_: Waiting<string>, { device }: Device) => {
    asked++;
    return device === 'd0' ? 10 : 1e6;
  };
  const dispatcher = new Dispatcher(
    devices,
    new FairQueue<string>(JOBS),
    clock,
    work,
    expected,
    undefined,
    () => 0,
  );
  for (let i = 0; i < 50; i++)
    dispatcher.add({ id: `${i}`, person: `${i}`, model: 'm', value: '', since: 0 });
  await settle();
  asked = 0;
  await clock.advance(1_000);
  expect(dispatcher.queue.size).toBe(49);
  expect(asked).toBe(devices.length);
});
