import { expect, test } from 'vitest';
import { textLayouts, tokenizePrompt } from '../../../pipeline/text/tokenize-prompt.ts';
import { SMALL_VOCABULARY, tokenizersIn } from './vocabularies.ts';

async function tokenize(prompt: string) {
  const tokenizers = await tokenizersIn(SMALL_VOCABULARY);
  const geometry = { clipL: { positions: 32 }, clipG: { positions: 24 }, t5: { minLength: 40 } };
  return { ...tokenizePrompt(prompt, tokenizers, textLayouts(tokenizers, geometry)), ...tokenizers };
}

test('the lengths come from the geometry, the padding from the encoder', async () => {
  const { l, g, t5xxl } = await tokenize('red');
  const text = l[0]!.ids.slice(0, 3);
  expect(text[0]).toBe(1022);
  expect(l[0]!.ids).toEqual([...text, ...new Array<number>(29).fill(1023)]);
  expect(g[0]!.ids).toEqual([...text, ...new Array<number>(21).fill(0)]);
  expect(t5xxl![0]!.ids.slice(1)).toEqual([1, ...new Array<number>(38).fill(0)]);
});

test('each run of equal weight is tokenized by itself', async () => {
  const { t5xxl, t5 } = await tokenize('red(green:1.2)blue');
  const words = ['red', 'green', 'blue'].map((word) => t5.encode(word));
  expect(t5xxl![0]!.ids.slice(0, words.flat().length)).toEqual(words.flat());
});

test('a prompt of nothing but an empty group is the empty prompt', async () => {
  const { l } = await tokenize('()');
  expect(l).toEqual((await tokenize('')).l);
});

test('special tokens written in a prompt reach the encoders', async () => {
  const { l, t5xxl } = await tokenize('red <|endoftext|> circle </s> blue');
  expect(l[0]!.ids.slice(0, 5)).toContain(1023);
  expect(t5xxl![0]!.ids.filter((id) => id === 1)).toHaveLength(2);
});

// What ComfyUI 0.33.0's own tokenizer left to tokenize, run without the file (`_try_get_embedding`).
test.each([
  ['red embedding:blue circle', ['red ', 'circle']],
  ['red embedding:blue, circle', ['red ', ', circle']],
  ['embedding:blue', []],
  ['embedding:blue[0] circle', ['[0] circle']],
  ['(embedding:blue:1.2) circle', [' circle']],
  ['red,embedding:blue', ['red,embedding:blue']],
])('the name of an embedding is left out, what follows is a word of its own: %s', async (prompt, words) => {
  const { t5xxl, t5 } = await tokenize(prompt);
  const expected = [...words.flatMap((word) => t5.encode(word)), 1];
  expect(t5xxl![0]!.ids.slice(0, expected.length)).toEqual(expected);
});
