import { describe, expect, test } from 'vitest';
import { type Job, type Transition, transition } from '../../../bot/jobs/job.ts';
import { describeJob, factsLine, factsOf, sentenceOfCard } from '../../../bot/messages/card.ts';
import { aJob, aStoredRequest, TIMINGS } from '../jobs/a-job.ts';

const START: Transition = { type: 'start', at: 2_000, device: 'cpu' };
const PICTURES = [0, 1].map((i) => ({ file: `J-${i + 1}.png`, sha256: 'aa', bytes: 7 }));
const RENDER: Transition = { type: 'render', at: 3_000, pictures: PICTURES, timings: TIMINGS };
const FAIL: Transition = {
  type: 'fail',
  at: 3_000,
  fault: { code: 'worker.crashed', data: { device: 'cpu', cause: 'x' } },
};

const job = (...moves: Transition[]): Job => moves.reduce(transition, aJob('J'));
const card = (...moves: Transition[]) => describeJob(job(...moves), (file) => `/pictures/${file}`);

describe('a card', () => {
  test('of an unfinished job can be cancelled, and of a finished one followed up', () => {
    expect(card()).toMatchObject({ state: 'waiting', actions: ['cancel'] });
    expect(card(START)).toMatchObject({ state: 'running', actions: ['cancel'] });
    expect(card(START, RENDER)).toMatchObject({
      state: 'finished',
      actions: ['reroll', 'pick', 'vary', 'remix', 'delete'],
    });
    expect(card(START, FAIL).actions).toEqual(['again', 'remix', 'delete']);
    expect(card({ type: 'cancel', at: 1 })).toMatchObject({
      state: 'cancelled',
      actions: ['again', 'remix', 'delete'],
    });
  });

  test('of a draft offers its final', () => {
    const draft = {
      ...job(START, RENDER),
      asked: { options: {}, request: aStoredRequest(), finalModel: 'large' },
    };
    expect(describeJob(draft, (file) => file).actions).toContain('finalize');
  });

  test('shows each picture of the batch, and what went wrong in one sentence', () => {
    expect(card(START, RENDER).pictures).toEqual([
      { index: 0, path: '/pictures/J-1.png', bytes: 7 },
      { index: 1, path: '/pictures/J-2.png', bytes: 7 },
    ]);
    expect(sentenceOfCard(card(START, FAIL), 'en')).toBe(
      'The worker on cpu stopped while it was making the picture (x).',
    );
    expect(sentenceOfCard(card(START), 'en')).toBeUndefined();
  });

  test('says that and how often a job is tried again', () => {
    expect(sentenceOfCard(card(START, { type: 'retry' }), 'en')).toContain('(2 of 3)');
    expect(sentenceOfCard(card(START, { type: 'retry' }, START), 'en')).toContain('(2 of 3)');
    expect(sentenceOfCard(card(START, { type: 'release' }), 'en')).toBeUndefined();
  });

  test('shows no progress and no preview once it is over', () => {
    const preview = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    const progress = { phase: 'step', index: 1, total: 4, endsIn: 5 } as const;
    const over = describeJob(job(START, RENDER), (file) => file, progress, preview);
    expect([over.progress, over.preview]).toEqual([undefined, undefined]);
    const running = describeJob(job(START), (file) => file, progress, preview);
    expect([running.progress, running.preview]).toEqual([progress, preview]);
  });
});

test.each([
  [3_140, 'nano · seed 42 · 64x64 · 4 steps · 3.1 s'],
  [61_400, 'nano · seed 42 · 64x64 · 4 steps · 1 min 1 s'],
])('the facts of a picture that took %d ms', (took, line) => {
  expect(factsLine({ ...factsOf(aJob('J')), took }, 'en')).toBe(line);
});

test('the facts of a picture of one step that is not finished', () => {
  expect(factsLine({ ...factsOf(aJob('J')), steps: 1 }, 'en')).toBe('nano · seed 42 · 64x64 · 1 step');
});
