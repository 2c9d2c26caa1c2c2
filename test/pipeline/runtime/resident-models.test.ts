import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { residentModels } from '../../../pipeline/runtime/resident-models.ts';
import { reference } from '../../reference.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-resident-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('opens a model anew once a file was written to, even if its size and time are what they were', async () => {
  const tiny = (name: string) => reference().path('tiny', name);
  const checkpoint = path.join(folder, 'checkpoint.safetensors');
  copyFileSync(tiny('tiny_large.safetensors'), checkpoint);
  const files = {
    checkpoint,
    clipL: tiny('tiny_clip_l.safetensors'),
    clipG: tiny('tiny_clip_g.safetensors'),
    t5: tiny('tiny_t5xxl.safetensors'),
    tokenizers: '',
    geometry: tiny('config.json'),
  };
  const models = residentModels({ device: 'cpu' });
  const first = await models.open(files);
  expect(await models.open(files)).toBe(first);

  const { atime, mtime } = statSync(checkpoint);
  writeFileSync(checkpoint, readFileSync(checkpoint));
  utimesSync(checkpoint, atime, mtime);
  const second = await models.open(files);
  expect(second).not.toBe(first);
  await second.release();
});
