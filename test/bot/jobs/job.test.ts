import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, IllegalMove, isSettled, type Job, type Move, mayMove } from '../../../bot/jobs/job.ts';
import { aJob, TIMINGS } from './a-job.ts';

const PICTURE = { file: 'x-1.png', sha256: 'aa', bytes: 3 };
const MOVES: readonly Move[] = [
  { type: 'start', at: 2_000, device: 'cpu' },
  { type: 'render', at: 3_000, pictures: [PICTURE], timings: TIMINGS },
  { type: 'retry' },
  { type: 'release' },
  { type: 'lose' },
  { type: 'fail', at: 3_000, fault: { code: 'pipeline.failed', data: {} } },
  { type: 'cancel', at: 3_000 },
  { type: 'attach', messages: [{ id: 'm1' }] },
  { type: 'post' },
  { type: 'posted', messages: [{ id: 'm1' }, { id: 'm2' }] },
  { type: 'gone' },
  { type: 'refused', reason: 'Missing Permissions' },
  { type: 'redeliver', place: { surface: 'web', channel: 'elsewhere' }, messages: [] },
  { type: 'delete', at: 4_000 },
  { type: 'forget' },
];
const move = (type: Move['type']) => MOVES.find((one) => one.type === type)!;
const jobAfter = (...types: Move['type'][]) => types.map(move).reduce(advance, aJob('x'));

describe('a job', () => {
  test('goes from queued over running to delivered', () => {
    const job = jobAfter('start', 'attach', 'render', 'post', 'posted');
    expect(job).toMatchObject({ state: 'delivered', delivery: 'posted', attempts: 1, pictures: [PICTURE] });
    expect(isSettled(job)).toBe(true);
  });

  test('is not delivered before its message says so', () => {
    expect(jobAfter('start', 'render', 'post').state).toBe('running');
  });

  test('owes its message the last word when it fails or is cancelled', () => {
    expect(jobAfter('start', 'fail')).toMatchObject({ state: 'failed', delivery: 'due' });
    expect(jobAfter('cancel')).toMatchObject({ state: 'cancelled', delivery: 'due' });
  });

  test('cannot be cancelled once its pictures are there', () => {
    expect(mayMove(jobAfter('start', 'render'), 'cancel')).toBe(false);
  });

  test('counts an attempt that died, and not one that was broken off', () => {
    expect(jobAfter('start', 'retry', 'start').attempts).toBe(2);
    expect(jobAfter('start', 'release', 'start').attempts).toBe(1);
  });

  test('that is deleted while its final is on the way owes the removal of what arrives', () => {
    expect(jobAfter('start', 'render', 'post', 'delete', 'posted')).toMatchObject({
      delivery: 'due',
      pictures: [],
    });
  });

  test('that is deleted after delivery owes its message the removal, then is settled', () => {
    const deleted = jobAfter('start', 'render', 'post', 'posted', 'delete');
    expect(deleted).toMatchObject({ state: 'delivered', delivery: 'due', pictures: [], deletedAt: 4_000 });
    expect(isSettled([move('post'), move('gone')].reduce(advance, deleted))).toBe(true);
  });

  test('that its place takes in no way is undelivered, with the reason, and settled until somebody tries again', () => {
    const refused = jobAfter('start', 'attach', 'render', 'post', 'refused');
    expect(refused).toMatchObject({ state: 'undelivered', undelivered: 'Missing Permissions' });
    expect(refused.pictures).toEqual([PICTURE]);
    expect(isSettled(refused)).toBe(true);
    const again = advance(refused, move('redeliver'));
    expect(again).toMatchObject({ delivery: 'due', place: { channel: 'elsewhere' }, messages: [] });
    expect(again.undelivered).toBeUndefined();
    const posted = [move('post'), move('posted')].reduce(advance, again);
    expect(posted).toMatchObject({ state: 'delivered', delivery: 'posted', attempts: 1 });
    expect(mayMove(posted, 'redeliver')).toBe(false);
  });

  test('that failed stays failed where nobody could be told', () => {
    const failed = jobAfter('start', 'fail', 'post', 'refused');
    expect(failed).toMatchObject({ state: 'failed', delivery: 'refused' });
    expect(mayMove(failed, 'redeliver')).toBe(false);
  });

  test('that is forgotten keeps neither words nor person', () => {
    expect(JSON.stringify(jobAfter('cancel', 'delete', 'forget'))).not.toMatch(/red boat|anna/i);
  });
});

test('no sequence of moves leaves the legal states, and an illegal move changes nothing and throws', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...MOVES), { maxLength: 30 }), (moves) => {
      let job: Job = aJob('x');
      for (const one of moves) {
        if (!mayMove(job, one.type)) {
          expect(() => advance(job, one)).toThrow(IllegalMove);
          continue;
        }
        const before = job;
        job = advance(job, one);
        // Never back from the end.
        if (['delivered', 'failed', 'cancelled'].includes(before.state)) expect(job.state).toBe(before.state);
        // Delivered means that the message had its word, or is gone.
        if (job.state === 'delivered' && job.deletedAt === undefined) expect(isSettled(job)).toBe(true);
        // Waiting jobs owe nothing; ended jobs owe something or are settled.
        if (job.state === 'queued') expect(job.delivery).toBe('none');
        if (job.state === 'failed' || job.state === 'cancelled') expect(job.delivery).not.toBe('none');
        // Deleted jobs have no pictures.
        if (job.deletedAt !== undefined) expect(job.pictures).toEqual([]);
        expect(job.attempts).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('at most one word is posted between two reasons for one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...MOVES), { maxLength: 40 }), (moves) => {
      let job: Job = aJob('x');
      let finals = 0;
      for (const one of moves.filter(
        ({ type }) => !['delete', 'forget', 'lose', 'redeliver'].includes(type),
      )) {
        if (!mayMove(job, one.type)) continue;
        job = advance(job, one);
        if (one.type === 'posted') finals++;
      }
      expect(finals).toBeLessThanOrEqual(1);
    }),
    { numRuns: 2_000 },
  );
});
