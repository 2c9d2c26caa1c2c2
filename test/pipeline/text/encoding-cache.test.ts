import { expect, test } from 'vitest';
import { EncodingCache } from '../../../pipeline/text/encoding-cache.ts';

/** 100 bytes. */
const encoding = () => ({
  context: { data: new Float32Array(20), shape: [1, 5, 4] },
  y: { data: new Float32Array(5), shape: [1, 5] },
});

test('an encoding is found by model and text together', () => {
  const cache = new EncodingCache(1000);
  const kept = encoding();
  cache.set('large', 'a cat', kept);
  expect(cache.get('large', 'a cat')).toEqual(kept);
  expect(cache.get('medium', 'a cat')).toBeUndefined();
  expect(cache.get('large', 'a dog')).toBeUndefined();
  expect(cache.get('', 'large\0a cat')).toBeUndefined();
});

test('the one that was not used for longest goes first', () => {
  const cache = new EncodingCache(250);
  cache.set('m', 'one', encoding());
  cache.set('m', 'two', encoding());
  cache.get('m', 'one');
  cache.set('m', 'three', encoding());
  expect(['one', 'two', 'three'].map((text) => cache.get('m', text) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});

test('setting the same text again does not count twice', () => {
  const cache = new EncodingCache(250);
  cache.set('m', 'one', encoding());
  for (let i = 0; i < 10; i++) cache.set('m', 'two', encoding());
  expect(cache.get('m', 'one')).toBeDefined();
});

test('what is larger than the whole cache is not kept and drives nothing out', () => {
  const cache = new EncodingCache(150);
  cache.set('m', 'small', encoding());
  cache.set('m', 'large', { ...encoding(), context: { data: new Float32Array(1000), shape: [1, 250, 4] } });
  expect(cache.get('m', 'large')).toBeUndefined();
  expect(cache.get('m', 'small')).toBeDefined();
});

test('only context and y are held, not the stages on the way', () => {
  const cache = new EncodingCache(1000);
  cache.set('m', 'a', { ...encoding(), lHidden: new Float32Array(1e6) } as ReturnType<typeof encoding>);
  expect(Object.keys(cache.get('m', 'a')!)).toEqual(['context', 'y']);
});
