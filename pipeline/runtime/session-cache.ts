/**
 * Optimised graphs kept on disk. Optimising takes most of the time that opening a session takes; the result is
 * a few megabytes that still point into the user's weights. A file here can always be deleted.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** All cached graphs together; a graph is 1 to 12 MB, and a model has five or six. */
const MAX_BYTES = 128 * 2 ** 20;
/** Bytes of a graph, at most. */
export const LARGEST = 16 * 2 ** 20;
const CHECKSUM_BYTES = 4;
const ENDING = '.onnx.cached';
const DRAFT = 'draft-';
const ABANDONED_MS = 3_600_000;

/** The cached graph, or undefined where there is none or it is damaged (which is then removed). */
export function readCached(folder: string, key: string): Uint8Array | undefined {
  const path = join(folder, key + ENDING);
  try {
    const bytes = readFileSync(path);
    const model = bytes.subarray(CHECKSUM_BYTES);
    if (checksum(model).equals(bytes.subarray(0, CHECKSUM_BYTES))) return model;
    discardCached(folder, key);
  } catch {
    // Absent or unreadable: the graph is optimised again.
  }
  return undefined;
}

export function discardCached(folder: string, key: string): void {
  rmSync(join(folder, key + ENDING), { force: true });
}

/**
 * Lets `write` put an optimised graph at a path, then keeps it under the key, complete or not at all. A full or
 * read-only disk costs the next start its speed, nothing else; only `write`'s own errors come out, and they come
 * out as they are.
 */
export async function fillCache<T>(
  folder: string,
  key: string,
  write: (path: string | undefined) => Promise<T>,
  { compact = (model: Uint8Array) => model, maxBytes = MAX_BYTES } = {},
): Promise<T> {
  const draft = makeDraft(folder);
  if (!draft) return write(undefined);
  try {
    const path = join(draft, 'graph.onnx');
    const result = await write(path).catch((error: unknown) => {
      // The runtime does not say that it was the disk: where there is no room for a graph, it works without.
      if (hasRoom(draft)) throw error;
      return write(undefined);
    });
    if (existsSync(path)) keep(folder, key, draft, () => compact(readFileSync(path)), maxBytes);
    return result;
  } finally {
    attempt(() => rmSync(draft, { recursive: true, force: true }));
  }
}

function makeDraft(folder: string): string | undefined {
  return attempt(() => {
    mkdirSync(folder, { recursive: true });
    return mkdtempSync(join(folder, DRAFT));
  });
}

function hasRoom(draft: string): boolean {
  const probe = join(draft, 'probe');
  return attempt(() => writeFileSync(probe, new Uint8Array(LARGEST)) ?? true) ?? false;
}

function keep(folder: string, key: string, draft: string, take: () => Uint8Array, maxBytes: number): void {
  attempt(() => {
    const model = take();
    const whole = join(draft, 'whole');
    writeFileSync(whole, Buffer.concat([checksum(model), model]));
    renameSync(whole, join(folder, key + ENDING));
    removeOldest(folder, maxBytes);
  });
}

/** The newest graph stays, and more within `maxBytes`; other processes' drafts stay unless they were abandoned. */
function removeOldest(folder: string, maxBytes: number): void {
  const entries = readdirSync(folder)
    .map((name) => ({ name, stat: statSync(join(folder, name)) }))
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
  const drafts = entries.filter(({ name }) => name.startsWith(DRAFT));
  const [newest, ...others] = entries.filter(({ name }) => name.endsWith(ENDING));
  if (!newest) return;
  let bytes = newest.stat.size;
  const old = [
    ...others.filter(({ stat }) => {
      bytes += stat.size;
      return bytes > maxBytes;
    }),
    ...drafts.filter(({ stat }) => newest.stat.mtimeMs - stat.mtimeMs > ABANDONED_MS),
  ];
  for (const { name } of old) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Against what a full disk or a loss of power leaves behind; it takes a fifth of the time of a digest. */
function checksum(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32LE(crc32(bytes));
  return sum;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
