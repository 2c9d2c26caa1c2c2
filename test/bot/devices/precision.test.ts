/** Whole pictures of the built-in model in each arithmetic, through the worker process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { openCatalogue } from '../../../bot/catalogue.ts';
import { WorkerProcess } from '../../../bot/devices/worker-process.ts';
import { type Precision, readSettings } from '../../../config/settings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-precision-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function draw(precision: Precision): Promise<Buffer> {
  const { files, defaults } = openCatalogue(readSettings({})).choose('nano', '--model');
  const host = new WorkerProcess({ device: 'cpu', precision, cacheFolder: path.join(folder, 'graphs') });
  try {
    const result = await host.render(
      {
        ...defaults,
        ...{ width: 128, height: 128, steps: 28, seed: 7, count: 1, previews: false, keepTensors: false },
        ...{ id: 'one', model: { name: 'nano', files } },
        ...{ prompt: 'a red circle on a blue background', negative: '' },
      },
      () => {},
    );
    return await sharp(result.pictures[0]!).removeAlpha().raw().toBuffer();
  } finally {
    await host.close();
  }
}

/** Peak signal to noise, dB. */
function likeness(a: Buffer, b: Buffer): number {
  const wrong = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
  return 10 * Math.log10(255 ** 2 / wrong);
}

test('the same picture in float16 to 60 dB, in int8 to 45', async () => {
  const usual = await draw('float32');
  expect(likeness(await draw('float16'), usual)).toBeGreaterThan(60);
  expect(likeness(await draw('int8'), usual)).toBeGreaterThan(45);
});
