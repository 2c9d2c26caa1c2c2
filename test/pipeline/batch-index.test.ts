/** One picture of a batch, asked for alone: U1 to U4 finalized, or drawn again after its file was lost. */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { generate } from '../../pipeline/generate.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { holdNetworks } from '../../pipeline/runtime/held-networks.ts';
import { nanoRequest } from '../bot/jobs/nano-request.ts';

const networks = holdNetworks({ device: 'cpu' });

async function drawn(changes: Partial<PictureRequest>): Promise<Buffer[]> {
  const { pictures } = await generate(nanoRequest({ steps: 3, seed: 5, ...changes }), {
    networks,
    progress: () => {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  });
  return Promise.all(pictures.map((png) => sharp(png).raw().toBuffer()));
}

function worst(a: Buffer, b: Buffer): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

test('the third of three pictures is drawn alone as it was in its batch', async () => {
  const batch = await drawn({ count: 3 });
  const [alone, ...more] = await drawn({ batchIndex: 2 });
  expect(more).toEqual([]);
  // Sums of a batch are added in another order.
  expect(worst(alone!, batch[2]!)).toBeLessThanOrEqual(1);
  expect(worst(alone!, batch[0]!)).toBeGreaterThan(2);
});

test('also from a start picture', async () => {
  const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'orange' } })
    .png()
    .toBuffer();
  const init = { image, strength: 0.8 };
  const batch = await drawn({ count: 2, init });
  const [alone] = await drawn({ batchIndex: 1, init });
  expect(worst(alone!, batch[1]!)).toBeLessThanOrEqual(1);
});
