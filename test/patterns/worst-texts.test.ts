/** Every reader of people's text, fed a megabyte of what costs it most: refused or read, in linear time. */
import { expect, test } from 'vitest';
import { readers } from './readers.ts';

const MEGABYTE = 2 ** 20;
const PUMPS = [
  '1',
  ' ',
  '/',
  '-',
  '"',
  '\\',
  '{',
  '<@',
  '(a:',
  '--a ',
  '{a|',
  'é\u0301',
  '😀',
  ':\n',
  'a=b;',
];
/** Milliseconds: quadratic time on a megabyte is hours. The machine may be very busy. */
const LONGEST = 8_000;

test.each(readers())('%s', async (_, read) => {
  for (const pump of PUMPS) {
    const text = `${pump.repeat(MEGABYTE / pump.length)}\u0001`;
    const start = performance.now();
    await Promise.resolve()
      .then(() => read(text))
      .catch((error: unknown) => {
        // A refusal is an answer; running out of stack or memory is none.
        expect(error).not.toBeInstanceOf(RangeError);
      });
    expect(performance.now() - start, JSON.stringify(pump)).toBeLessThan(LONGEST);
  }
});
