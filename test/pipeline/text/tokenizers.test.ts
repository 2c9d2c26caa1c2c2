import { describe, expect, test } from 'vitest';
import { REAL_VOCABULARY, RUST_IDS, SMALL_VOCABULARY, tokenizersIn } from './vocabularies.ts';

const VOCABULARIES = [
  { name: 'small', folder: SMALL_VOCABULARY, expected: RUST_IDS.small },
  { name: 'real', folder: REAL_VOCABULARY, expected: RUST_IDS.real },
] as const;

describe.each(VOCABULARIES)('with the $name vocabulary', ({ folder, expected }) => {
  test.skipIf(folder === undefined).each(expected)(
    '$text has the ids of the Rust tokenizers',
    async (one) => {
      const { clip, t5 } = await tokenizersIn(folder!);
      expect(clip.encode(one.text)).toEqual(one.clip);
      expect(t5.encode(one.text)).toEqual(one.t5);
    },
  );
});

test('start, end and size come from the vocabulary', async () => {
  const { clip, t5 } = await tokenizersIn(SMALL_VOCABULARY);
  expect({ start: clip.start, end: clip.end, size: clip.size }).toEqual({
    start: 1022,
    end: 1023,
    size: 1024,
  });
  expect({ end: t5.end, size: t5.size }).toEqual({ end: 1, size: 301 });
});

test('half a surrogate pair is read as the replacement character', async () => {
  const { clip, t5 } = await tokenizersIn(SMALL_VOCABULARY);
  for (const broken of ['\ud83d', 'a\udc31b', '\udc31\ud83d']) {
    const mended = broken.replace(/\p{Surrogate}/gu, '\ufffd');
    expect(clip.encode(broken)).toEqual(clip.encode(mended));
    expect(t5.encode(broken)).toEqual(t5.encode(mended));
  }
});

/** Anything quadratic takes minutes on these. */
const LONG = 100_000;
test.each([
  ['one word', 'a'.repeat(LONG)],
  ['punctuation', '!('.repeat(LONG / 2)],
  ['white space', ' \n'.repeat(LONG / 2)],
  ['emoji sequences', '👨‍👩‍👧‍👦'.repeat(LONG / 11)],
  ['combining marks', `a${'\u0301'.repeat(LONG)}`],
  ['special tokens', '</s><|endoftext|><pad>'.repeat(LONG / 22)],
  ['beginnings of special tokens', '<|endoftex<extra_id_'.repeat(LONG / 20)],
])('a very long text of %s is tokenized in a time that grows with its length', async (_, text) => {
  const { clip, t5 } = await tokenizersIn(REAL_VOCABULARY ?? SMALL_VOCABULARY);
  expect(clip.encode(text).length).toBeLessThanOrEqual(3 * text.length);
  expect(t5.encode(text).length).toBeLessThanOrEqual(text.length + 1);
});
