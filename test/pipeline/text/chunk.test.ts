import { expect, test } from 'vitest';
import { type ChunkLayout, chunkTokens, type TokenGroup } from '../../../pipeline/text/chunk.ts';

const START = 100;
const END = 101;
const PAD = 0;
/** Room for ten tokens of text. */
const LAYOUT: ChunkLayout = { start: START, end: END, pad: PAD, maxLength: 12, minLength: 12 };

const group = (length: number, weight = 1, first = 1): TokenGroup => ({
  ids: Array.from({ length }, (_, i) => first + i),
  weight,
});
const idsOf = (groups: readonly TokenGroup[], layout = LAYOUT) =>
  chunkTokens(groups, layout).map(({ ids }) => ids);
const padded = (...ids: number[]) => [START, ...ids, END, ...new Array<number>(10 - ids.length).fill(PAD)];

test('an empty prompt is one chunk of start, end and padding', () => {
  expect(idsOf([])).toEqual([padded()]);
});

test('text that fills a chunk exactly stays in one', () => {
  expect(idsOf([group(10)])).toEqual([padded(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]);
});

test('a word of eight tokens or more is broken where the chunk ends', () => {
  expect(idsOf([group(5, 1, 50), group(8)])).toEqual([
    padded(50, 51, 52, 53, 54, 1, 2, 3, 4, 5),
    padded(6, 7, 8),
  ]);
});

test('a word of under eight tokens moves to the next chunk as a whole', () => {
  expect(idsOf([group(5, 1, 50), group(7)])).toEqual([
    padded(50, 51, 52, 53, 54),
    padded(1, 2, 3, 4, 5, 6, 7),
  ]);
});

test('the rest of a broken word stays breakable however short it is', () => {
  const chunks = idsOf([group(23)]);
  expect(chunks.map((ids) => ids.indexOf(END) - 1)).toEqual([10, 10, 3]);
});

test('a full chunk is closed before a long word begins', () => {
  expect(idsOf([group(10, 1, 50), group(8)])).toEqual([
    padded(50, 51, 52, 53, 54, 55, 56, 57, 58, 59),
    padded(1, 2, 3, 4, 5, 6, 7, 8),
  ]);
});

test('weights follow their tokens; start, end and padding weigh 1', () => {
  const [first, second] = chunkTokens([group(9, 1.5), group(2, 0.5)], LAYOUT);
  expect(first!.weights).toEqual([1, ...new Array<number>(9).fill(1.5), 1, 1]);
  expect(second!.weights).toEqual([1, 0.5, 0.5, ...new Array<number>(9).fill(1)]);
});

test('without a start and a limit everything is one chunk, padded to its least length', () => {
  const t5: ChunkLayout = { end: END, pad: PAD, maxLength: Infinity, minLength: 5 };
  expect(idsOf([group(2)], t5)).toEqual([[1, 2, END, PAD, PAD]]);
  expect(idsOf([group(300_000)], t5)[0]).toHaveLength(300_001);
});

test('a word longer than a whole small chunk is broken even if it is short', () => {
  const small = { ...LAYOUT, maxLength: 6, minLength: 6 };
  expect(idsOf([group(7)], small)).toEqual([
    [START, 1, 2, 3, 4, END],
    [START, 5, 6, 7, END, PAD],
  ]);
});

test('a chunk with no room for text is refused', () => {
  expect(() => chunkTokens([], { ...LAYOUT, maxLength: 2 })).toThrow(RangeError);
});

test('a million tokens are laid out in one pass', () => {
  const chunks = chunkTokens([group(1_000_000)], { ...LAYOUT, maxLength: 77, minLength: 77 });
  expect(chunks).toHaveLength(Math.ceil(1_000_000 / 75));
});
