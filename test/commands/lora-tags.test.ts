import { describe, expect, test } from 'vitest';
import { formatLoras, parseLoras, takeLoraTags } from '../../commands/lora-tags.ts';

describe('LoRA tags in a prompt', () => {
  test('are taken out, in their order, and the words stay', () => {
    expect(takeLoraTags('a fox <lora:ink:0.8> in snow <lora:old film>')).toEqual({
      words: 'a fox in snow',
      loras: [
        { name: 'ink', strength: 0.8 },
        { name: 'old film', strength: 1 },
      ],
    });
  });

  test('a prompt without any stays as it is, to the letter', () => {
    const prompt = '  a  <b> (fox:1.2)  ';
    expect(takeLoraTags(prompt)).toEqual({ words: prompt, loras: [] });
  });

  test.each(['<lora:x:much>', '<lora:x:11>', '<lora:x:>', '<lora:x:NaN>'])('%s is refused', (tag) => {
    expect(() => takeLoraTags(tag)).toThrow(/from -10 to 10/);
  });

  test('more than eight are refused', () => {
    expect(() => takeLoraTags('<lora:x>'.repeat(9))).toThrow(/at most 8/);
  });
});

test.each([
  ['ink.safetensors', [{ name: 'ink.safetensors', strength: 1 }]],
  ['ink.safetensors:0.5', [{ name: 'ink.safetensors', strength: 0.5 }]],
  [
    'C:\\files\\ink.safetensors:-1, b',
    [
      { name: 'C:\\files\\ink.safetensors', strength: -1 },
      { name: 'b', strength: 1 },
    ],
  ],
])('--lora %s', (text, expected) => {
  const loras = parseLoras(text);
  expect(loras).toEqual(expected);
  expect(parseLoras(formatLoras(loras!))).toEqual(expected);
});

test.each(['', 'a,', 'a:much', 'a:11', ':1', 'a,a,a,a,a,a,a,a,a'])('--lora %s is none', (text) => {
  expect(parseLoras(text)).toBeUndefined();
});
