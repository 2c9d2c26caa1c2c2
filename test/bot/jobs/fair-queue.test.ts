import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairQueue, type Waiting } from '../../../bot/jobs/fair-queue.ts';

const PATIENCE = { passedOver: 3, passedOverFor: 60_000 };
let number = 0;

function job(person: string, model = 'nano', id = `${person}${++number}`): Waiting<string> {
  return { id, person, model, value: id, since: 0 };
}

function drain(queue: FairQueue<string>, resident?: string): string[] {
  const order: string[] = [];
  const held = resident === undefined ? [] : [resident];
  for (let next = queue.take(held, 0); next; next = queue.take(held, 0)) order.push(next.id);
  return order;
}

function aQueue(...jobs: Waiting<string>[]): FairQueue<string> {
  const queue = new FairQueue<string>(PATIENCE);
  for (const one of jobs) queue.add(one);
  return queue;
}

test('one person is served in the order of asking', () => {
  const jobs = [job('a'), job('a'), job('a')];
  expect(drain(aQueue(...jobs))).toEqual(jobs.map(({ id }) => id));
});

test("fifty waiting jobs of one person do not stand before another's first", () => {
  const queue = aQueue(...Array.from({ length: 50 }, () => job('a')));
  queue.take([], 0); // runs
  queue.add(job('b', 'nano', 'first'));
  expect(queue.take([], 0)?.id).toBe('first');
});

test('two people with many jobs take turns', () => {
  const queue = aQueue(
    ...Array.from({ length: 3 }, () => job('a')),
    ...Array.from({ length: 3 }, () => job('b')),
  );
  const people = drain(queue).map((id) => id[0]);
  expect(people.join('')).toMatch(/^(ab|ba){3}$/);
});

test('a job that is put back after its worker died comes before all others', () => {
  const queue = aQueue(job('a'), job('b'), job('c'));
  const begun = queue.take([], 0)!;
  queue.add(job('d'));
  queue.putBack(begun);
  expect(queue.take(['another model'], 0)?.id).toBe(begun.id);
});

test('a device prefers the model it holds among the people whose turn it is', () => {
  const queue = aQueue(job('a', 'large'), job('b', 'turbo', 'wanted'), job('c', 'large'));
  expect(queue.take(['turbo'], 0)?.id).toBe('wanted');
});

test('a device prefers the model it holds among the jobs of one person', () => {
  const queue = aQueue(job('a', 'turbo', '1'), job('a', 'large', '2'), job('a', 'turbo', '3'));
  expect(queue.take(['large'], 0)?.id).toBe('2');
  expect(drain(queue, 'large')).toEqual(['1', '3']);
});

test('a job is passed over at most three times', () => {
  const queue = aQueue(job('a', 'large', 'patient'));
  for (let i = 0; i < 20; i++) queue.add(job(`n${i}`, 'turbo'));
  expect(drain(queue, 'turbo').indexOf('patient')).toBe(3);
});

test('a job that was passed over a minute ago is not passed over again', () => {
  const queue = aQueue(job('a', 'large', 'patient'), job('b', 'turbo'), job('c', 'turbo'));
  queue.take(['turbo'], 1_000);
  expect(queue.take(['turbo'], 61_000)?.id).toBe('patient');
});

test('who asks again and again, one at a time, does not keep those waiting who asked for many at once', () => {
  const queue = aQueue(job('a', 'nano', 'begun'), job('b', 'nano', 'b1'), job('b', 'nano', 'b2'));
  const order: string[] = [];
  for (let next = queue.take([], 0); next; next = queue.take([], 0)) {
    order.push(next.id);
    if (next.person === 'a' && order.length < 6) queue.add(job('a'));
    queue.done(next.person);
  }
  expect(order.indexOf('b2')).toBeLessThan(4);
});

test("a cancelled job leaves its turn to the next of its person's", () => {
  const queue = aQueue(job('a', 'nano', 'gone'), job('a', 'nano', 'next'), job('b'), job('b'));
  expect(queue.remove('gone')?.id).toBe('gone');
  expect(queue.remove('gone')).toBeUndefined();
  expect(drain(queue)[0]).toBe('next');
  expect(queue.size).toBe(0);
});

test('the foreseen order is the order of a device without preference', () => {
  const people = fc.constantFrom('a', 'b', 'c', 'd');
  fc.assert(
    fc.property(fc.array(people, { maxLength: 30 }), fc.nat(5), fc.array(people), (first, taken, later) => {
      const queue = aQueue(...first.map((person) => job(person)));
      for (let i = 0; i < taken; i++) queue.take([], 0);
      for (const person of later) queue.add(job(person));
      const foreseen = queue.inOrder().map(({ id }) => id);
      expect(drain(queue)).toEqual(foreseen);
    }),
  );
});

type Step = { add: string; model: string } | { free: number };

/** Runs devices over a script of arrivals and of devices that get free; tells who was begun while whom waited. */
function simulate(steps: readonly Step[], devices: number) {
  const queue = new FairQueue<string>(PATIENCE);
  const held: string[][] = Array.from({ length: devices }, () => []);
  const running: (Waiting<string> | undefined)[] = Array.from({ length: devices });
  const log: { id: string; person: string; arrived: number; begun: number; wasFirst: boolean }[] = [];
  const live = new Map<string, (typeof log)[number]>();
  let time = 0;
  const free = (d: number) => {
    if (running[d] !== undefined) queue.done(running[d].person);
    running[d] = undefined;
  };
  const fill = () => {
    for (let d = 0; d < devices; d++) {
      if (running[d] !== undefined) continue;
      const next = queue.take(held[d]!, 0);
      if (next === undefined) return;
      running[d] = next;
      held[d] = [next.model];
      live.get(next.id)!.begun = ++time;
    }
  };
  for (const step of steps) {
    if ('add' in step) {
      const one = job(step.add, step.model);
      const inHand = running.some((other) => other?.person === step.add) || queue.sizeOf(step.add) > 0;
      const entry = { id: one.id, person: one.person, arrived: ++time, begun: Infinity, wasFirst: !inHand };
      log.push(entry);
      live.set(one.id, entry);
      queue.add(one);
    } else free(step.free % devices);
    fill();
  }
  for (let d = 0; queue.size > 0; d++) {
    free(d % devices);
    fill();
  }
  return log;
}

const step = fc.oneof(
  fc.record({ add: fc.constantFrom('a', 'a', 'a', 'b', 'c', 'd'), model: fc.constantFrom('turbo', 'large') }),
  fc.record({ free: fc.nat(3) }),
);

test("nobody's first turn waits for more than one job that another person begins meanwhile", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 3 }), (steps, devices) => {
      const log = simulate(steps, devices);
      expect(log.every(({ begun }) => begun < Infinity)).toBe(true);
      for (const { person, arrived } of log.filter(({ wasFirst }) => wasFirst)) {
        // A device may take the person's second job first, whose model it holds: it is their turn all the same.
        const mine = log.filter((other) => other.person === person && other.arrived >= arrived);
        const turn = Math.min(...mine.map(({ begun }) => begun));
        const before = log
          .filter(({ begun }) => begun > arrived && begun < turn)
          .map((other) => other.person);
        expect(before.length, `before ${person}`).toBe(new Set(before).size);
      }
    }),
    { numRuns: 10_000 },
  );
});

test('nobody is starved: with everybody asking for ever, each is begun within a few rounds', () => {
  const queue = new FairQueue<string>(PATIENCE);
  queue.add(job('patient', 'large', 'patient'));
  for (let i = 0; i < 5; i++) queue.add(job(`p${i}`, 'turbo'));
  let waited = 0;
  for (; ; waited++) {
    const next = queue.take(['turbo'], 0)!;
    if (next.id === 'patient') break;
    queue.add(job(`new${waited}`, 'turbo'));
    queue.add(job(next.person, 'turbo'));
  }
  expect(waited).toBe(3);
});

test('who was served a moment ago does not pass somebody who waits, although the device holds their model', () => {
  const queue = aQueue(job('a', 'turbo', 'a1'), job('c', 'large', 'c1'));
  expect(queue.take(['turbo'], 0)?.id).toBe('a1');
  queue.done('a');
  queue.add(job('a', 'turbo', 'a2'));
  expect(queue.take(['turbo'], 0)?.id).toBe('c1');
});

test('an overdue job of somebody who was served a moment ago does not pass who has waited since before', () => {
  const queue = aQueue(job('d', 'turbo', 'begun'), job('c', 'large', 'overdue'));
  for (const person of ['b', 'a']) queue.add(job(person, 'turbo'));
  for (let i = 0; i < 3; i++) queue.take(['turbo'], 0);
  queue.add(job('d', 'turbo', 'waits'));
  queue.add(job('c', 'turbo', 'preferred'));
  expect(drain(queue, 'turbo')).toEqual(['preferred', 'waits', 'overdue']);
});
