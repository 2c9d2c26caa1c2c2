import { expect, test } from 'vitest';
import { previewPixels } from '../../../pipeline/image/preview.ts';
import { preview } from '../../parity/preview.ts';
import { reference } from '../../reference.ts';

test('sees a latent as ComfyUI does', async () => {
  const lines = await preview(reference());
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ name: 'preview', status: 'pass' });
});

test('an empty latent is the bias alone: a warm grey', () => {
  const { width, height, data } = previewPixels(
    { data: new Float32Array(2 * 16 * 6), shape: [2, 16, 2, 3] },
    1,
  );
  expect([width, height, data.length]).toEqual([3, 2, 18]);
  expect([...data.slice(0, 3)]).toEqual(
    [0.2394, 0.2135, 0.1925].map((bias) => Math.trunc(255 * ((bias + 1) / 2))),
  );
});

test('takes the asked picture of a batch', () => {
  const data = new Float32Array(2 * 16);
  data[16] = 100;
  expect([...previewPixels({ data, shape: [2, 16, 1, 1] }, 0).data]).not.toEqual([
    ...previewPixels({ data, shape: [2, 16, 1, 1] }, 1).data,
  ]);
});
