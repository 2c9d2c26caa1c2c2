/** Every kind of file that cannot be taken is named in one sentence, on the way to a picture and in a list of files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectFile } from '../../../pipeline/weights/inspect.ts';
import { openFile } from '../../../pipeline/weights/open-file.ts';
import { openModel } from '../../../pipeline/weights/open-model.ts';
import { reference } from '../../reference.ts';
import { faultOf } from './fault-of.ts';
import { temporaryFolder } from './folder.ts';
import { READABLE } from './forms/readable.ts';
import { REFUSED, type Refused } from './forms/refused.ts';
import { writeSafetensors } from './write-safetensors.ts';

const path = temporaryFolder();
const tiny = (name: string) => reference().path('tiny', name);
const files = {
  checkpoint: tiny('tiny_large.safetensors'),
  clipL: tiny('tiny_clip_l.safetensors'),
  clipG: tiny('tiny_clip_g.safetensors'),
  geometry: tiny('config.json'),
  tokenizers: '',
};

function put({ bytes, tensors = {}, dtype = 'F16' }: Refused): string {
  const file = path('refused.safetensors');
  if (bytes) writeFileSync(file, bytes);
  else
    writeSafetensors(
      file,
      Object.entries(tensors).map(([name, shape]) => ({ name, dtype, shape })),
    );
  return file;
}

test.each(REFUSED)('$kind', (one) => {
  const file = put(one);
  const fault = faultOf(() => openModel({ ...files, [one.option ?? 'checkpoint']: file }));
  expect(fault.message).toMatch(one.says);
  expect(fault.message).toMatch(/^[^\n]+\.$/);
  // A workflow that loads it says the same, and names its own input.
  const role = { checkpoint: 'mmdit', vae: 'vae', t5: 't5xxl', clipL: 'clip_l' } as const;
  const told = faultOf(() => openFile(file, [role[one.option ?? 'checkpoint']], 'a_name'));
  expect(told.message).toMatch(one.says);
  expect(told.message).not.toMatch(/^--/);
  // A list of files says something of it as well, and takes it for no model.
  expect(inspectFile(file, true)).toMatchObject({ kind: expect.not.stringMatching(/^checkpoint$/) });
});

describe('unfinished downloads', () => {
  const whole = readFileSync(files.checkpoint);
  test.each([9000, whole.length - 5])('the first %s bytes', (length) => {
    const file = path('cut.safetensors');
    writeFileSync(file, whole.subarray(0, length));
    const fault = faultOf(() => openModel({ ...files, checkpoint: file }));
    expect(fault.message).toMatch(
      /is only the first .* of .*: the download did not finish; download it again\.$/,
    );
    expect(inspectFile(file, true)).toMatchObject({ kind: 'unfinished' });
  });
});

test('the table of docs/models.md lists every kind that is tested here, and at least 60', () => {
  const table = readFileSync(join(import.meta.dirname, '../../../docs/models.md'), 'utf8');
  const kinds = [...READABLE, ...REFUSED].map(({ kind }) => kind);
  expect(kinds.length).toBeGreaterThanOrEqual(60);
  for (const kind of kinds) expect(table).toContain(`| ${kind} |`);
});
