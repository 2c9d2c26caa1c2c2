/** Python's wheels: zip files whose RECORD holds the sha256 of everything in them. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { Fault } from '../../config/faults.ts';

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  /** Of its local header. */
  readonly at: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL_BYTES = 30;
const TAIL = 66_000;
/** Bytes of lists and records that are held, at most. */
const MOST = 64 * 2 ** 20;

/**
 * Takes files out of a wheel, each proven against the wheel's own record before it gets its name.
 * @param wanted where a file of that name inside goes (absolute), if it is wanted
 * @throws Fault gpu.wheel
 */
export async function extractFromWheel(
  wheel: string,
  wanted: (name: string) => string | undefined,
): Promise<string[]> {
  const broken = (problem: string) => new Fault('gpu.wheel', { file: path.basename(wheel), problem });
  const entries = entriesOf(wheel, broken);
  const record = entries.find(({ name }) => name.endsWith('.dist-info/RECORD'));
  if (!record) throw broken('it has no RECORD');
  const digests = readRecord(textOf(wheel, record, broken));
  const written: string[] = [];
  for (const entry of entries) {
    const to = wanted(entry.name);
    if (to === undefined) continue;
    const digest = digests.get(entry.name);
    if (digest === undefined) throw broken(`its RECORD does not know ${entry.name}`);
    mkdirSync(path.dirname(to), { recursive: true });
    const hash = createHash('sha256');
    const draft = `${to}.tmp`;
    const seen = new Transform({
      transform(chunk, _, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const start = dataAt(wheel, entry, broken);
    const source = createReadStream(wheel, { start, end: start + entry.packed - 1, highWaterMark: 2 ** 20 });
    const target = createWriteStream(draft, { mode: 0o755 });
    if (entry.method === 8) await pipeline(source, createInflateRaw(), seen, target);
    else await pipeline(source, seen, target);
    if (hash.digest('base64url') !== digest) {
      rmSync(draft, { force: true });
      throw broken(`${entry.name} is not what its RECORD says`);
    }
    renameSync(draft, to);
    written.push(to);
  }
  return written;
}

/** Lines `path,sha256=DIGEST,size`; a path with a comma stands in quotes, which no library has. */
function readRecord(text: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, digest] = line.split(',');
    if (name && digest?.startsWith('sha256=')) digests.set(name, digest.slice('sha256='.length).trim());
  }
  return digests;
}

function entriesOf(wheel: string, broken: (problem: string) => Fault): Entry[] {
  const { size } = statSync(wheel);
  const tail = readAt(wheel, Math.max(0, size - TAIL), Math.min(size, TAIL));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) throw broken('it is no zip file');
  const count = tail.readUInt16LE(end + 10);
  const [length, offset] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (length > MOST || offset + length > size) throw broken('its list of files is out of bounds');
  const list = readAt(wheel, offset, length);
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > list.length || list.readUInt32LE(at) !== CENTRAL)
      throw broken('its list of files is damaged');
    const [names, extra, comment] = [
      list.readUInt16LE(at + 28),
      list.readUInt16LE(at + 30),
      list.readUInt16LE(at + 32),
    ];
    entries.push({
      name: list.toString('utf8', at + 46, at + 46 + names),
      method: list.readUInt16LE(at + 10),
      packed: list.readUInt32LE(at + 20),
      size: list.readUInt32LE(at + 24),
      at: list.readUInt32LE(at + 42),
    });
    at += 46 + names + extra + comment;
  }
  return entries;
}

function dataAt(wheel: string, { at }: Entry, broken: (problem: string) => Fault): number {
  const local = readAt(wheel, at, LOCAL_BYTES);
  if (local.length < LOCAL_BYTES) throw broken('it ends within a file');
  return at + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
}

function textOf(wheel: string, entry: Entry, broken: (problem: string) => Fault): string {
  if (entry.size > MOST || entry.packed > MOST) throw broken('its RECORD is too long');
  const bytes = readAt(wheel, dataAt(wheel, entry, broken), entry.packed);
  return (entry.method === 8 ? inflateRawSync(bytes, { maxOutputLength: MOST }) : bytes).toString('utf8');
}

function readAt(file: string, offset: number, length: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
  } finally {
    closeSync(descriptor);
  }
}
