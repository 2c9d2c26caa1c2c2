import { copyFileSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { currentStamp } from '../../../pipeline/weights/file-stamp.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-stamp-'));
const file = path.join(folder, 'weights');
const long = new Date('2024-05-01T00:00:00Z');
let before: string | undefined;

beforeEach(async () => {
  writeFileSync(file, 'some weights');
  utimesSync(file, long, long);
  before = currentStamp(file);
  await clockTicks();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** File systems tell times apart that are a few milliseconds from each other: until this one does. */
async function clockTicks(): Promise<void> {
  const other = path.join(folder, 'tick');
  const touched = statSync(file, { bigint: true }).ctimeNs;
  await vi.waitFor(() => {
    writeFileSync(other, 'tick');
    expect(statSync(other, { bigint: true }).ctimeNs).toBeGreaterThan(touched);
  }, 120_000);
}

it('stays while nobody touches the file', () => {
  expect(before).toBeDefined();
  expect(currentStamp(file)).toBe(before);
});

it('differs once other bytes of the same length and time lie in the file', () => {
  writeFileSync(file, 'same length!');
  utimesSync(file, long, long);
  expect(statSync(file).mtime).toEqual(long);
  expect(currentStamp(file)).not.toBe(before);
});

it('differs once another file of the same length and time took its place', () => {
  const other = path.join(folder, 'other');
  copyFileSync(file, other);
  utimesSync(other, long, long);
  renameSync(other, file);
  expect(currentStamp(file)).not.toBe(before);
});

it('is nothing where there is no file', () => {
  expect(currentStamp(path.join(folder, 'none'))).toBeUndefined();
});
