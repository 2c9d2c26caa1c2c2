import { expect, test } from 'vitest';
import { SentOnce } from '../../../bot/http/sent-once.ts';

test('what a person sends twice is done once; another person’s, and what has no mark, each time', async () => {
  const once = new SentOnce<number>();
  let count = 0;
  const run = async () => ++count;
  expect(await Promise.all([once.run('a', 'm', run), once.run('a', 'm', run)])).toEqual([1, 1]);
  expect(await once.run('a', 'm', run)).toBe(1);
  expect(await once.run('b', 'm', run)).toBe(2);
  expect(await once.run('a', 'n', run)).toBe(3);
  expect(await once.run('a', undefined, run)).toBe(4);
  expect(await once.run('a', undefined, run)).toBe(5);
});

test('a refusal is told to both who wait for it, and not to the next', async () => {
  const once = new SentOnce<string>();
  const refuse = () => Promise.reject(new Error('full'));
  const both = await Promise.allSettled([
    once.run('a', 'm', refuse),
    once.run('a', 'm', async () => 'never'),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await once.run('a', 'm', async () => 'done')).toBe('done');
});
