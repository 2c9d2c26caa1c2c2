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
import { afterAll, describe, expect, it } from 'vitest';
import { holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { openFile } from '../../../pipeline/weights/open-file.ts';
import { reference } from '../../reference.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-held-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tiny = (name: string) => reference().path('tiny', name);
const transformer = (file: string) => openFile(file, ['mmdit'], 'unet_name', tiny('config.json'));

it('opens files anew once one was written to, even if its size and time are what they were', () => {
  const checkpoint = path.join(folder, 'checkpoint.safetensors');
  copyFileSync(tiny('tiny_large.safetensors'), checkpoint);
  const networks = holdNetworks({ device: 'cpu' });
  const open = () => networks.opened('checkpoint', () => transformer(checkpoint));
  const first = open();
  expect(open()).toBe(first);

  const { atime, mtime } = statSync(checkpoint);
  writeFileSync(checkpoint, readFileSync(checkpoint));
  utimesSync(checkpoint, atime, mtime);
  expect(open()).not.toBe(first);
});

describe('networks', () => {
  const networks = holdNetworks({ device: 'cpu' });
  const [large, medium] = ['tiny_large', 'tiny_medium'].map(
    (name) => transformer(tiny(`${name}.safetensors`)).mmdit!,
  );
  afterAll(() => networks.release());

  it('stay for the next run that uses them', async () => {
    networks.begin();
    const first = await networks.denoiser(large!);
    networks.begin();
    expect(await networks.denoiser(large!)).toBe(first);
  });

  it('give way to another model, but not to one of the same run', async () => {
    networks.begin();
    const first = await networks.denoiser(large!);
    await networks.denoiser(medium!);
    expect(await networks.denoiser(large!)).toBe(first);
    networks.begin();
    await networks.denoiser(medium!);
    networks.begin();
    // Something new is opened, and what the run before did not use is gone.
    await networks.denoiser(transformer(tiny('tiny_large.safetensors')).mmdit!);
    expect(await networks.denoiser(large!)).not.toBe(first);
  });
});
