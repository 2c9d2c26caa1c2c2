/** Hostile workflows: each is refused in one sentence, and costs less than a tenth of a second. */
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '../../config/faults.ts';
import { findWorkflowFile } from '../../config/find-workflow-file.ts';
import type { Lookup } from '../../pipeline/workflow/check.ts';
import { outputsOf } from '../../pipeline/workflow/run.ts';
import { check, plainWorkflow } from '../pipeline/workflow/graphs.ts';
import { CORPUS, LIMIT, quickest, refusalOf } from './workflow-corpus.ts';

/** Looks in a folder where there is nothing. */
const NOWHERE: Lookup = {
  file(kind, name) {
    const found = findWorkflowFile(kind, name, { modelsDir: '/nowhere/models' });
    if ('path' in found) return found.path;
    throw new Fault('workflow.file', { file: name, folders: found.folders });
  },
  picture(name) {
    throw new Fault('workflow.file', { file: name, folders: ['/nowhere'] });
  },
};

function expectRefused(make: () => unknown, lookup?: Lookup): void {
  const workflow = make();
  const text =
    typeof workflow === 'string' || workflow instanceof Uint8Array ? workflow : JSON.stringify(workflow);
  const { fault, spent } = quickest(() => refusalOf(text, lookup));
  expect(fault.blame).toBe('input');
  expect(fault.message).not.toMatch(/[\n\r\p{Cc}]/u);
  expect(fault.message.length).toBeLessThan(1200);
  expect(fault.message.match(/[.!?]$/)).not.toBeNull();
  expect(spent, `${spent.toFixed(0)} ms`).toBeLessThan(LIMIT);
}

// The modules are loaded and warm, as in a service that runs.
beforeAll(() => {
  for (let i = 0; i < 3; i++) check(plainWorkflow());
});

test('the corpus has at least sixty', () => {
  expect(Object.keys(CORPUS).length).toBeGreaterThanOrEqual(60);
});

test('the workflow that is changed below is taken as it is', () => {
  expect(outputsOf(check(plainWorkflow()))).toEqual(['7']);
});

describe('is refused at once, in one sentence:', () => {
  test.each(Object.entries(CORPUS))('%s', (_name, make) => expectRefused(make));
});

test('names of files are only ever looked up in their folders', () => {
  expectRefused(() => plainWorkflow(), NOWHERE);
});

describe('a PNG', () => {
  test('of ten megabytes of noise carries no workflow', async () => {
    const side = 1800;
    const noise = Uint8Array.from(
      { length: side * side * 3 },
      (_, i) => (i * 7919 + (i >> 5) * 104729) % 256,
    );
    const png = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    expectRefused(() => png);
  });

  test('cut in the middle is damaged', async () => {
    const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    expectRefused(() => png.subarray(0, png.length / 2));
  });
});
