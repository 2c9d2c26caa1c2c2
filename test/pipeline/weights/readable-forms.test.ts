/** Every readable form of the same weights draws the plain file's picture, as near as its type allows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from '../../../pipeline/generate.ts';
import type { ModelFiles, PictureRequest } from '../../../pipeline/request.ts';
import { type HeldNetworks, holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { reference } from '../../reference.ts';
import { READABLE, readTiny, type Tiny } from './forms/readable.ts';

let folder: string;
let tiny: Tiny;
let plain: Uint8Array;
/** One for all, as in a worker: what does not change is not opened or encoded again. */
let networks: HeldNetworks;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-forms-'));
  networks = holdNetworks({ device: 'cpu', cacheFolder: join(folder, 'graphs') });
  tiny = readTiny(reference().path);
  plain = await draw(tiny.files);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function draw(files: ModelFiles): Promise<Uint8Array> {
  const request: PictureRequest = {
    id: 'one',
    model: { name: 'tiny', files },
    prompt: 'a (red:1.2) cat',
    negative: '',
    width: 64,
    height: 64,
    seed: 1,
    steps: 2,
    cfg: 4.5,
    sampler: 'euler',
    scheduler: 'simple',
    shift: 3,
    count: 1,
    previews: false,
    keepTensors: false,
  };
  const result = await generate(request, {
    networks,
    progress: () => {},
    signal: new AbortController().signal,
    now: () => 0,
  });
  return sharp(result.pictures[0]!).raw().toBuffer();
}

test.each(READABLE)('$kind', async ({ make, kind, most, mean }) => {
  const own = make(join(folder, kind.replace(/\W+/g, '-')), tiny);
  const merged = Object.entries({ ...tiny.files, ...own }).filter(([, path]) => path !== '');
  const picture = await draw(Object.fromEntries(merged) as unknown as ModelFiles);
  const differences = [...picture].map((value, i) => Math.abs(value - plain[i]!));
  const found = {
    most: Math.max(...differences),
    mean: differences.reduce((sum, one) => sum + one, 0) / differences.length,
  };
  if (process.env.SHOW_FIGURES) process.stderr.write(`${kind}: ${found.most} ${found.mean.toFixed(3)}\n`);
  expect(found.most).toBeLessThanOrEqual(most);
  expect(found.mean).toBeLessThanOrEqual(mean);
});
