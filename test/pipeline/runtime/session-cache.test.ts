import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillCache, readCached } from '../../../pipeline/runtime/session-cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'darkroom-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fill = (key: string, bytes: number, maxBytes?: number) =>
  fillCache(
    folder,
    key,
    async (draft) => writeFileSync(draft!, Buffer.alloc(bytes, key)),
    maxBytes === undefined ? {} : { maxBytes },
  );

/** Makes a file or folder older by so many minutes. */
function age(name: string, minutes: number): void {
  const then = Date.now() / 1000 - 60 * minutes;
  utimesSync(path.join(folder, name), then, then);
}

describe('the session cache', () => {
  it('gives back what was written, and nothing under another key', async () => {
    await fill('a', 100);
    expect(readCached(folder, 'a')).toEqual(Buffer.alloc(100, 'a'));
    expect(readCached(folder, 'b')).toBeUndefined();
  });

  it('removes the oldest beyond its size, and never the newest', async () => {
    for (const [i, key] of ['a', 'b', 'c'].entries()) {
      await fill(key, 1000);
      age(readdirSync(folder).find((name) => name.startsWith(key))!, 30 - i);
    }
    await fill('d', 1000, 2500);
    expect(['a', 'b', 'c', 'd'].filter((key) => readCached(folder, key))).toEqual(['c', 'd']);
    await fill('e', 9000, 2500);
    expect(['c', 'd', 'e'].filter((key) => readCached(folder, key))).toEqual(['e']);
  });

  it('keeps nothing of an attempt that failed, and passes its error on', async () => {
    const failing = fillCache(folder, 'a', async (draft) => {
      writeFileSync(draft!, 'half');
      throw new Error('no such weights');
    });
    await expect(failing).rejects.toThrow('no such weights');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('clears away drafts of processes that died, but not those of living ones', async () => {
    for (const name of ['draft-old', 'draft-new']) mkdirSync(path.join(folder, name));
    age('draft-old', 120);
    await fill('a', 10);
    expect(readdirSync(folder).filter((name) => name.startsWith('draft-'))).toEqual(['draft-new']);
  });
});
