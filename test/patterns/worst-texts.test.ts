/** Every reader of people's text, fed a megabyte of what costs it most: refused or read, in linear time. */
import { expect, test } from 'vitest';
import { processorTimeUntil } from '../processor-time.ts';
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
/** Milliseconds of the processor: quadratic time on a megabyte is hours. */
const LONGEST = 8_000;

test.each(readers())('%s', async (_, read) => {
  for (const pump of PUMPS) {
    const text = `${pump.repeat(MEGABYTE / pump.length)}\u0001`;
    const time = await processorTimeUntil(async () => {
      try {
        await read(text);
      } catch (error) {
        // A refusal is an answer; running out of stack or memory is none.
        expect(error).not.toBeInstanceOf(RangeError);
      }
    });
    expect(time, JSON.stringify(pump)).toBeLessThan(LONGEST);
  }
});
