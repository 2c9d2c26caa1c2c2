import { expect, test } from 'vitest';
import { shareOfThreads } from '../../../bot/devices/share-of-threads.ts';

test.each([
  ['cpu', 'auto', 8, {}],
  ['cpu', ['cpu', 'cuda:0'], 8, {}],
  ['cpu:1', ['cpu:0', 'cpu:1', 'cuda:0'], 8, { threads: 4 }],
  ['cuda:0', ['cpu:0', 'cpu:1', 'cuda:0'], 8, {}],
  ['cpu:2', ['cpu:0', 'cpu:1', 'cpu:2'], 2, { threads: 1 }],
] as const)('%s of %j on %d processors: %j', (device, all, processors, share) => {
  expect(shareOfThreads(device, all, processors)).toEqual(share);
});
