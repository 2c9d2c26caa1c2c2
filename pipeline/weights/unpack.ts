/**
 * Tensors that no graph reads as they are (GGUF's blocks, grids of scales, 4-bit codes, parts of different types) are
 * unpacked once into a safetensors file of our own, which then takes their place. It is kept while its sources stay the
 * same, may be deleted at any time, and costs twice the bytes of its values (float16).
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Fault } from '../../config/faults.ts';
import { elements } from '../float-tensor.ts';
import { BYTES_PER_ELEMENT, encodeBf16, encodeF16 } from './dtypes.ts';
import { currentStamp } from './file-stamp.ts';
import type { Network } from './geometry.ts';
import { readRows } from './read-tensor.ts';
import type { Packed, Slab, StoredTensor, StoredTensors } from './stored-tensor.ts';
import { openTensorFile } from './tensor-file.ts';

export interface Unpacking {
  /** The file that is unpacked, and where to. */
  readonly from: string;
  readonly to: string;
  /** Bytes written, and in all. */
  readonly done: number;
  readonly total: number;
}

export interface UnpackOptions {
  /** Made where it is not there. */
  readonly folder: string;
  readonly onProgress?: (state: Unpacking) => void;
  /** Looked at between tensors. */
  readonly signal?: AbortSignal;
}

/** Values of one tensor that are held at a time: 16 MB as float32. */
const CHUNK_ELEMENTS = 2 ** 22;
/** Part of the whole after which progress is told again. */
const PROGRESS = 0.05;
const ENDING = '.unpacked.safetensors';
const NOTE = '.unpacked.json';

/** Bytes that unpacking a network's tensors takes on disk; 0 where graphs read all of them in place. */
export function unpackedBytes(tensors: StoredTensors): number {
  return packedOf(tensors).reduce((sum, tensor) => sum + sizeOf(tensor), 0);
}

/**
 * The same network, every tensor readable in place.
 * @throws Fault weights.disk_full before anything is written, weights.unreadable, cancelled
 */
export async function unpackNetwork<G>(network: Network<G>, options: UnpackOptions): Promise<Network<G>> {
  const packed = packedOf(network.tensors);
  if (packed.length === 0) return network;
  const path = await unpackedFile(packed, options);
  const unpacked = openTensorFile(path).tensors;
  const tensors = new Map(network.tensors);
  for (const { name, shape } of packed) {
    const own = unpacked.get(name)!;
    // Shapes of one side or none are the same bytes.
    tensors.set(name, { ...own, shape, slabs: own.slabs.map((slab) => ({ ...slab, shape })) });
  }
  return { ...network, tensors };
}

function packedOf(tensors: StoredTensors): StoredTensor[] {
  return [...tensors.values()].filter((tensor) => tensor.packed !== undefined);
}

async function unpackedFile(packed: readonly StoredTensor[], options: UnpackOptions): Promise<string> {
  const sources = [...new Set(packed.flatMap((tensor) => slabsOf(tensor).map(({ file }) => file)))];
  const stamps = sources.map((file) => [file, currentStamp(file)]);
  const key = createHash('sha256')
    .update(JSON.stringify([stamps, packed]))
    .digest('hex')
    .slice(0, 24);
  const name = basename(sources[0]!).replace(/\.[a-z]+$/i, '');
  const path = join(options.folder, `${name}-${key}${ENDING}`);
  if (existsSync(path)) return path;
  mkdirSync(options.folder, { recursive: true });
  forgetOld(options.folder);
  const total = packed.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  const free = freeBytes(options.folder);
  if (free < total) {
    const { folder } = options;
    throw new Fault('weights.disk_full', { file: sources[0]!, folder, needed: total, free });
  }
  await write(path, packed, { ...options, from: sources[0]!, total });
  writeFileSync(path.replace(ENDING, NOTE), JSON.stringify(stamps));
  return path;
}

async function write(
  path: string,
  packed: readonly StoredTensor[],
  { onProgress, signal, from, total }: UnpackOptions & { from: string; total: number },
): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  const descriptor = openSync(draft, 'w');
  try {
    writeSync(descriptor, headerOf(packed));
    let done = 0;
    let told = -Infinity;
    for (const tensor of packed) {
      if (signal?.aborted) throw new Fault('cancelled', {}, signal.reason);
      if (done - told >= total * PROGRESS) {
        onProgress?.({ from, to: path, done, total });
        told = done;
      }
      await setImmediate();
      for (const bytes of encodedChunks(tensor)) {
        writeSync(descriptor, bytes);
        done += bytes.length;
      }
    }
    onProgress?.({ from, to: path, done, total });
    closeSync(descriptor);
    renameSync(draft, path);
  } catch (error) {
    closeQuietly(descriptor);
    rmSync(draft, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    const folder = join(path, '..');
    throw new Fault(
      'weights.disk_full',
      { file: from, folder, needed: total, free: freeBytes(folder) },
      error,
    );
  }
}

function* encodedChunks(tensor: StoredTensor): Generator<Uint8Array> {
  const count = tensor.shape[0] ?? 1;
  const rowSize = Math.max(1, elements(tensor.shape.slice(1)));
  // What is turned round or re-shaped is read whole: row by row it would be read over and over.
  const whole = tensor.packed?.how === 'transposed';
  const rows = whole ? count : Math.max(1, Math.floor(CHUNK_ELEMENTS / rowSize));
  for (let row = 0; row < count; row += rows)
    yield encode(tensor, readRows(tensor, row, Math.min(count, row + rows)));
}

function encode({ dtype }: StoredTensor, values: Float32Array): Uint8Array {
  const encoded =
    dtype === 'F16' ? encodeF16(values) : dtype === 'BF16' ? encodeBf16(values) : values.slice();
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

function headerOf(packed: readonly StoredTensor[]): Uint8Array {
  const entries: Record<string, unknown> = {};
  let at = 0;
  for (const tensor of packed) {
    const end = at + sizeOf(tensor);
    entries[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [at, end] };
    at = end;
  }
  const json = Buffer.from(JSON.stringify(entries));
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 64) * 64 + 56, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  json.copy(padded, 8);
  return padded;
}

function sizeOf({ dtype, shape }: StoredTensor): number {
  return elements(shape) * BYTES_PER_ELEMENT[dtype];
}

/** Every run of bytes that a tensor is made from. */
export function slabsOf(tensor: StoredTensor): readonly Slab[] {
  return tensor.packed ? packedSlabs(tensor.packed) : tensor.slabs;
}

function packedSlabs(packed: Packed): readonly Slab[] {
  switch (packed.how) {
    case 'blocks':
      return [packed.slab];
    case 'scaled':
      return [packed.of, packed.scales].flatMap(slabsOf);
    case 'codes':
      return [
        packed.codes,
        packed.table,
        packed.absmax,
        ...(packed.nested ? [packed.nested.table, packed.nested.absmax] : []),
      ].flatMap(slabsOf);
    case 'transposed':
    case 'rows':
      return slabsOf(packed.of);
    case 'stacked':
      return packed.parts.flatMap(slabsOf);
  }
}

/** Removes what was unpacked from files that are gone or have changed since, and drafts of processes that died. */
function forgetOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.endsWith('.tmp') && !isAlive(Number(/\.(\d+)\.tmp$/.exec(name)?.[1])))
      rmSync(path, { force: true });
    if (!name.endsWith(NOTE)) continue;
    try {
      const stamps = JSON.parse(readFileSync(path, 'utf8')) as [string, string][];
      if (stamps.every(([file, stamp]) => currentStamp(file) === stamp)) continue;
    } catch {
      // Unreadable: as good as gone.
    }
    rmSync(path.replace(NOTE, ENDING), { force: true });
    rmSync(path, { force: true });
  }
}

/** Whether the process that writes a draft still runs. */
function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Closed already.
  }
}
