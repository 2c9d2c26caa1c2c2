import { expect, test } from 'vitest';
import {
  actionOfReaction,
  actionsFor,
  checkFollowUp,
  FOLLOW_UP_ACTIONS,
  type FollowedJob,
  type FollowUpAction,
  type Standing,
} from '../../commands/follow-up.ts';

const finished: FollowedJob = {
  state: 'finished',
  deleted: false,
  name: 'Anna',
  model: 'large',
  pictures: 1,
  isDraft: false,
};
const outcome = (action: FollowUpAction, job: FollowedJob, standing: Standing) => {
  try {
    checkFollowUp(action, job, standing);
    return 'allowed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test.each([
  ['🎲', 'reroll'],
  ['🔁', 'reroll'],
  ['✨', 'finalize'],
  ['✨\ufe0f', 'finalize'],
  ['❌', 'delete'],
  [':game_die:', 'reroll'],
  ['game_die', 'reroll'],
  ['repeat', 'reroll'],
  [':repeat:', 'reroll'],
  ['sparkles', 'finalize'],
  [':x:', 'delete'],
  ['x', 'delete'],
  ['👍', undefined],
  ['X', undefined],
  ['', undefined],
  [':', undefined],
  ['wave::skin-tone-2', undefined],
  ['constructor', undefined],
])('the reaction %j means %s', (reaction, action) => {
  expect(actionOfReaction(reaction)).toBe(action);
});

test('buttons: what waits or runs can be cancelled; what is over has the rest; a draft can be finalized', () => {
  expect(actionsFor({ ...finished, state: 'waiting', pictures: 0 })).toEqual(['cancel']);
  expect(actionsFor({ ...finished, state: 'running', pictures: 0 })).toEqual(['cancel']);
  expect(actionsFor(finished)).toEqual([
    'reroll',
    'vary',
    'subtle',
    'strong',
    'upscale',
    'zoom',
    'remix',
    'delete',
  ]);
  expect(actionsFor({ ...finished, isDraft: true })).toEqual([
    'reroll',
    'vary',
    'subtle',
    'strong',
    'upscale',
    'zoom',
    'finalize',
    'remix',
    'delete',
  ]);
  expect(actionsFor({ ...finished, state: 'failed', pictures: 0 })).toEqual(['again', 'remix', 'delete']);
  expect(actionsFor({ ...finished, state: 'cancelled', pictures: 0 })).toEqual(['again', 'remix', 'delete']);
  expect(actionsFor({ ...finished, pictures: 4 })).toEqual(['reroll', 'pick', 'vary', 'remix', 'delete']);
  expect(actionsFor({ ...finished, deleted: true })).toEqual([]);
});

test('every button that is there does something for the requester', () => {
  for (const state of ['waiting', 'running', 'finished', 'failed', 'cancelled'] as const) {
    const job = { ...finished, state, pictures: state === 'finished' ? 1 : 0, isDraft: true };
    for (const action of actionsFor(job)) expect(outcome(action, job, 'requester')).toBe('allowed');
  }
});

test.each<[FollowUpAction, Partial<FollowedJob>, Standing, string]>([
  ['delete', {}, 'requester', 'allowed'],
  ['delete', {}, 'moderator', 'allowed'],
  ['delete', {}, 'other', 'job.not_yours'],
  ['delete', { state: 'running', pictures: 0 }, 'requester', 'allowed'],
  ['cancel', { state: 'waiting', pictures: 0 }, 'requester', 'allowed'],
  ['cancel', { state: 'running', pictures: 0 }, 'moderator', 'allowed'],
  ['cancel', { state: 'waiting', pictures: 0 }, 'other', 'job.not_yours'],
  ['cancel', {}, 'requester', 'job.over'],
  ['reroll', {}, 'other', 'allowed'],
  ['vary', {}, 'other', 'allowed'],
  ['remix', {}, 'other', 'allowed'],
  ['vary', { state: 'failed', pictures: 0 }, 'requester', 'job.no_picture'],
  ['pick', { pictures: 2 }, 'other', 'allowed'],
  ['pick', {}, 'other', 'job.one_picture'],
  ['pick', { state: 'failed', pictures: 0 }, 'other', 'job.no_picture'],
  ['again', { state: 'failed', pictures: 0 }, 'requester', 'allowed'],
  ['again', { state: 'cancelled', pictures: 0 }, 'other', 'job.not_yours'],
  ['again', {}, 'requester', 'job.not_undelivered'],
  ['reroll', { state: 'running', pictures: 0 }, 'requester', 'job.no_picture'],
  ['finalize', { isDraft: true }, 'other', 'allowed'],
  ['finalize', {}, 'requester', 'job.not_a_draft'],
  ['finalize', { state: 'waiting', pictures: 0, isDraft: true }, 'requester', 'job.no_picture'],
])('%s on %j by the %s: %s', (action, change, standing, expected) => {
  expect(outcome(action, { ...finished, ...change }, standing)).toBe(expected);
});

test('nothing can be done with a deleted job', () => {
  for (const action of FOLLOW_UP_ACTIONS) {
    expect(outcome(action, { ...finished, deleted: true }, 'requester')).toBe('job.deleted');
  }
});

test('a refusal says who may', () => {
  expect(() => checkFollowUp('delete', finished, 'other')).toThrow(
    'Only Anna or a moderator can delete this picture.',
  );
});

test.each([
  ['upscale', { made: 'upscaled' }, 'job.not_offered'],
  ['zoom', { made: 'upscaled' }, 'allowed'],
  ['strong', { made: 'workflow' }, 'job.not_offered'],
  ['strong', { pictures: 4 }, 'allowed'],
  ['zoom', { pictures: 0, state: 'failed' }, 'job.no_picture'],
] as const)('%s of a picture with %j: %s', (action, change, expected) => {
  expect(outcome(action, { ...finished, ...change }, 'other')).toBe(expected);
});
