import { expect, test } from 'vitest';
import { type Asker, Limits } from '../../../bot/jobs/limits.ts';
import { JOBS } from '../../../config/defaults.ts';
import { Fault } from '../../../config/faults.ts';

const SETTINGS = {
  waiting: 64,
  waitingOfPerson: 3,
  personRate: { burst: 2, every: 1_000 },
  channelRate: { burst: 3, every: 100 },
};

function asker(change: Partial<Asker> = {}): Asker {
  return {
    person: 'web:anna',
    channel: 'web:studio',
    waitingOfPerson: 0,
    waiting: 0,
    untilPersonsNext: () => 12_300,
    untilNext: () => 4_000,
    ...change,
  };
}

function refusal(action: () => void): Fault {
  try {
    action();
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('was not refused');
}

test('by default three wait of a person and 64 in all', () => {
  expect(JOBS).toMatchObject({ waiting: 64, waitingOfPerson: 3 });
  const limits = new Limits(JOBS);
  limits.admit(asker({ waitingOfPerson: 2, waiting: 63 }), 0);
  expect(() => limits.admit(asker({ waitingOfPerson: 3, waiting: 3 }), 0)).toThrow();
  expect(() => limits.admit(asker({ waitingOfPerson: 0, waiting: 64 }), 0)).toThrow();
});

test('a refusal says when to come back: when the next place is free', () => {
  const limits = new Limits(SETTINGS);
  const mine = refusal(() => limits.admit(asker({ waitingOfPerson: 3, waiting: 3 }), 0));
  expect(mine).toMatchObject({ code: 'limit.person_waiting', blame: 'input', data: { retry_after_s: 13 } });
  expect(mine.message).toBe(new Fault('limit.person_waiting', { limit: 3, retry_after_s: 13 }).message);
  const all = refusal(() => limits.admit(asker({ waiting: 64 }), 0));
  expect(all).toMatchObject({ code: 'limit.all_waiting', data: { limit: 64, retry_after_s: 4 } });
});

test("a person's burst is allowed, then one request a second", () => {
  const limits = new Limits({ ...SETTINGS, channelRate: { burst: 100, every: 1 } });
  limits.admit(asker(), 0);
  limits.admit(asker(), 0);
  expect(refusal(() => limits.admit(asker(), 0))).toMatchObject({
    code: 'limit.person_rate',
    data: { retry_after_s: 1 },
  });
  limits.admit(asker(), 1_000);
  refusal(() => limits.admit(asker(), 1_000));
  limits.admit(asker({ person: 'web:bruno' }), 1_000);
});

test("a channel's burst counts all people in it; what was refused costs nobody anything", () => {
  const limits = new Limits(SETTINGS);
  for (const person of ['a', 'b', 'c']) limits.admit(asker({ person }), 0);
  for (let i = 0; i < 5; i++) {
    expect(refusal(() => limits.admit(asker({ person: 'd' }), 0)).code).toBe('limit.channel_rate');
  }
  limits.admit(asker({ person: 'd', channel: 'other' }), 0);
  limits.admit(asker({ person: 'd' }), 100);
});

test('thousands of people who come once are not remembered for ever', () => {
  const limits = new Limits({ ...SETTINGS, channelRate: { burst: 1e9, every: 1 } });
  for (let i = 0; i < 20_000; i++) limits.admit(asker({ person: `p${i}` }), i * 100);
  const buckets = Object.values(limits)
    .flatMap((part) => Object.values(part as object))
    .filter((part): part is Map<string, number> => part instanceof Map);
  expect(Math.max(...buckets.map(({ size }) => size))).toBeLessThan(2_100);
});
