import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isJobId, jobIds } from '../../../bot/jobs/job-id.ts';

test('ids sort by the time they were made, also within a millisecond', () => {
  let now = 1_700_000_000_000;
  const newId = jobIds(() => now, randomBytes);
  const ids: string[] = [];
  for (let i = 0; i < 1000; i++) {
    ids.push(newId());
    if (i % 10 === 0) now += 1;
  }
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(1000);
  expect(ids.every(isJobId)).toBe(true);
});

test('ids go on growing when the clock is set back', () => {
  let now = 1_700_000_000_000;
  const newId = jobIds(() => now, randomBytes);
  const before = newId();
  now -= 3_600_000;
  expect(newId() > before).toBe(true);
});

test('ids of two runs in the same millisecond differ', () => {
  const one = jobIds(() => 5, randomBytes);
  const other = jobIds(() => 5, randomBytes);
  expect(one()).not.toBe(other());
});

test.each(['', 'abc', '../../etc/passwd', '01ARZ3NDEKTSV4RRFFQ69G5FAI', '8ZZZZZZZZZZZZZZZZZZZZZZZZZ'])(
  '%j is not an id',
  (text) => expect(isJobId(text)).toBe(false),
);
