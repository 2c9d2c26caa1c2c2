/** With the built-in model, a word that it was not taught draws what the nearest taught one draws. */
import { expect, test } from 'vitest';
import { drawAll } from '../adherence/draw.ts';

test('"a yellow eagle" draws what "a yellow bird" draws, and "a zebra" is not', {
  timeout: 120_000,
}, async () => {
  const prompts = [
    'a yellow bird on a blue background',
    'a yellow eagle on a blue background',
    'a yellow zebra on a blue background',
  ];
  const wishes = prompts.map((prompt) => ({ prompt, seed: 7 }));
  const [bird, eagle, zebra] = (await drawAll(wishes, 'nano-turbo', { workers: 1 })).map(
    ({ picture }) => picture.data,
  );
  expect(Buffer.compare(eagle!, bird!)).toBe(0);
  expect(Buffer.compare(zebra!, bird!)).not.toBe(0);
});
