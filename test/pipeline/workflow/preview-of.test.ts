import { expect, test } from 'vitest';
import { previewPixels } from '../../../pipeline/image/preview.ts';
import { previewOf } from '../../../pipeline/workflow/preview-of.ts';

const batch = (count: number) => ({
  data: Float32Array.from({ length: count * 16 * 2 }, (_, i) => Math.sin(i)),
  shape: [count, 16, 1, 2],
});

test('one picture has no others', async () => {
  expect(await previewOf(batch(1), {})).toEqual(previewPixels(batch(1)));
});

test('each picture of a batch is shown, as many as a message has', async () => {
  const latent = batch(6);
  const { others, ...first } = await previewOf(latent, {});
  expect(first).toEqual(previewPixels(latent, 0));
  expect(others).toEqual([1, 2, 3].map((i) => previewPixels(latent, i)));
});

test('a better way to see them is asked for each', async () => {
  const asked: number[] = [];
  const preview = async (_: unknown, index: number) => {
    asked.push(index);
    return { width: 1, height: 1, data: Uint8Array.of(index, 0, 0) };
  };
  expect(await previewOf(batch(2), { preview })).toMatchObject({ others: [{ width: 1 }] });
  expect(asked).toEqual([0, 1]);
});
