import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../config/program.ts';
import { writeInfotext } from '../../../pipeline/image/infotext.ts';
import { aRequest } from './a-request.ts';

test('has prompt, negative prompt and parameters on lines of their own, in the other program’s words', () => {
  const text = writeInfotext(aRequest({ negative: 'blurry', prompt: 'a red fox\nin snow' }));
  expect(text.split('\n')).toEqual([
    'a red fox',
    'in snow',
    'Negative prompt: blurry',
    'Steps: 28, Sampler: DPM++ 2M, Schedule type: SGM Uniform, CFG scale: 4.5, Seed: 42, Size: 1024x768, ' +
      'Model: large, Shift: 3, Version: Darkroom 0.1.0',
  ]);
});

test('leaves the negative line out where there is no negative prompt', () => {
  expect(writeInfotext(aRequest())).not.toContain('Negative prompt');
});

test('says how far image to image went, which picture of a batch it is, and what was skipped', () => {
  const text = writeInfotext(
    aRequest({
      count: 3,
      init: { image: new Uint8Array(), strength: 0.6 },
      slg: { scale: 2.5, layers: [7, 8, 9], start: 0.01, end: 0.2 },
    }),
    2,
  );
  expect(text).toContain('Denoising strength: 0.6');
  expect(text).toContain('Batch size: 3, Batch pos: 2');
  expect(text).toContain('SLG scale: 2.5, SLG layers: "7, 8, 9"');
});

test('quotes a value that would break the line of pairs', () => {
  const model = { ...aRequest().model, name: 'mine: v2, "best"' };
  expect(writeInfotext(aRequest({ model }))).toContain('Model: "mine: v2, \\"best\\"", Shift');
});

test('names the version that package.json has', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(PROGRAM.version).toBe(manifest.version);
});
