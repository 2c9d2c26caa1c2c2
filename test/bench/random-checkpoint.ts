/**
 * Writes safetensors files of random weights at a real model's geometry: what a measurement of time and memory
 * needs, where the real files are not ours to have. Files of the right size are reused.
 */
import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { encodeF16 } from '../../pipeline/weights/dtypes.ts';

/** Official name (with its prefix) -> shape. */
export type Shapes = ReadonlyMap<string, readonly number[]>;
export type RandomDType = 'F16' | 'F32';

const BYTES = { F16: 2, F32: 4 } as const;
const CHUNK = 2 ** 20;

/**
 * Makes sure that `path` holds the tensors. The data begins at an odd byte, so that nothing is aligned: the
 * safetensors format promises no alignment.
 * @returns the file's size in bytes
 */
export function ensureRandomCheckpoint(path: string, shapes: Shapes, dtype: RandomDType): number {
  const header = headerBytes(shapes, dtype);
  const sizes = [...shapes.values()].map((shape) => count(shape) * BYTES[dtype]);
  const size = sizes.reduce((sum, bytes) => sum + bytes, header.length);
  if (existsSync(path) && statSync(path).size === size) return size;
  const draft = `${path}.draft`;
  const descriptor = openSync(draft, 'w');
  const pools = new Map<string, Uint8Array>();
  try {
    writeSync(descriptor, header);
    for (const [name, shape] of shapes) writeRandom(descriptor, name, shape, dtype, pools);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
  return size;
}

function headerBytes(shapes: Shapes, dtype: RandomDType): Uint8Array {
  let offset = 0;
  const entries = [...shapes].map(([name, shape]) => {
    const start = offset;
    offset += count(shape) * BYTES[dtype];
    return [name, { dtype, shape, data_offsets: [start, offset] }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const padded = json.padEnd(json.length + (json.length % 2 === 0 ? 1 : 0));
  const header = new Uint8Array(8 + padded.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded.length), true);
  header.set(new TextEncoder().encode(padded), 8);
  return header;
}

/** Values that keep activations near 1: matrices of 1 / sqrt(inputs), norms around 1, biases small. */
function writeRandom(
  descriptor: number,
  name: string,
  shape: readonly number[],
  dtype: RandomDType,
  pools: Map<string, Uint8Array>,
): void {
  const inputs = count(shape.slice(1));
  const isNorm = shape.length === 1 && name.endsWith('.weight');
  const scale = shape.length === 1 ? 0.02 : 1 / Math.sqrt(inputs);
  const mean = isNorm ? 1 : 0;
  const key = `${scale} ${mean}`;
  const pool = pools.get(key) ?? randomPool(scale, mean, dtype);
  pools.set(key, pool);
  for (let left = count(shape) * BYTES[dtype]; left > 0; ) {
    left -= writeSync(descriptor, pool, 0, Math.min(left, pool.length));
  }
}

/** About normal (the sum of three uniforms), by Marsaglia's xorshift32, always the same. */
function randomPool(scale: number, mean: number, dtype: RandomDType): Uint8Array {
  let state = 0x12345678;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const values = Float32Array.from(
    { length: CHUNK },
    () => (uniform() + uniform() + uniform() - 1.5) * 2 * scale + mean,
  );
  return new Uint8Array(dtype === 'F32' ? values.buffer : encodeF16(values).buffer);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
