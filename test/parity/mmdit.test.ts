import { expect, test } from 'vitest';
import { reference } from '../reference.ts';
import { mmditLarge, mmditMedium } from './mmdit.ts';

test('MMDiT (Large) is the official one, from outside and inside', async () => {
  expect(await mmditLarge(reference())).toMatchObject([{ name: 'mmdit_large', status: 'pass' }]);
});

test('MMDiT-X (Medium), with second attentions and skipped layers, is the official one', async () => {
  expect(await mmditMedium(reference())).toMatchObject([{ name: 'mmdit_medium', status: 'pass' }]);
});
