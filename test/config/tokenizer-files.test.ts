import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdsTokenizers, tokenizerFiles } from '../../config/tokenizer-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'darkroom-tokenizers-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), '');
}

test.each([
  ['our names', ['clip_vocab.json', 'clip_merges.txt', 't5_tokenizer.json']],
  [
    'ComfyUI',
    ['sd1_tokenizer/vocab.json', 'sd1_tokenizer/merges.txt', 'text_encoders/t5_tokenizer/tokenizer.json'],
  ],
  ['diffusers', ['tokenizer/vocab.json', 'tokenizer/merges.txt', 'tokenizer_3/tokenizer.json']],
])('finds the files of %s, and knows when one is missing', (_, names) => {
  for (const name of names.slice(0, 2)) put(name);
  expect(holdsTokenizers(root)).toBe(false);
  put(names[2]!);
  expect(holdsTokenizers(root)).toBe(true);
  expect(Object.values(tokenizerFiles(root))).toEqual(names.map((name) => join(root, name)));
});

test('an empty folder is asked for the files by our names', () => {
  expect(tokenizerFiles(root).clipVocab).toBe(join(root, 'clip_vocab.json'));
});
