/** With the built-in model, a word that it was not taught draws what the nearest taught one draws. */
import { expect, test } from 'vitest';
import { drawAll } from '../adherence/draw.ts';

test('"a yellow seagull" draws what "a yellow bird" draws, and "a platypus" is not', {
  timeout: 120_000,
}, async () => {
  const prompts = [
    'a yellow bird on a blue background',
    'a yellow seagull on a blue background',
    'a yellow platypus on a blue background',
  ];
  const wishes = prompts.map((prompt) => ({ prompt, seed: 7 }));
  const [bird, seagull, platypus] = (await drawAll(wishes, 'nano-turbo', { workers: 1 })).map(
    ({ picture }) => picture.data,
  );
  expect(Buffer.compare(seagull!, bird!)).toBe(0);
  expect(Buffer.compare(platypus!, bird!)).not.toBe(0);
});
