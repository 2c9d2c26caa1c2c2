import { expect, test } from 'vitest';
import { reference } from '../reference.ts';
import { openReference } from './reference.ts';
import { text } from './text.ts';
import { tokens } from './tokens.ts';

test.skipIf(reference().vocab === undefined)(
  'every prompt has ComfyUI’s tokens, chunks and weights',
  async () => {
    expect(await tokens(reference())).toEqual([{ name: 'tokens', status: 'pass', figures: { exact: true } }]);
  },
);

test('without a vocabulary the tokens are skipped, not passed', async () => {
  const { root } = reference();
  const withoutVocabulary = { ...openReference(root), vocab: undefined };
  expect(await tokens(withoutVocabulary)).toMatchObject([{ name: 'tokens', status: 'skip' }]);
});

test('every stage from prompt to conditioning, and every layer, is the official one', async () => {
  expect(await text(reference())).toMatchObject([{ name: 'text', status: 'pass' }]);
});

test('stored tokens stand in for a missing vocabulary', async () => {
  const withoutVocabulary = { ...reference(), vocab: undefined };
  expect(await text(withoutVocabulary)).toMatchObject([{ name: 'text', status: 'pass' }]);
});
