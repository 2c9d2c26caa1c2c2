/**
 * A network's large matrices as 8-bit numbers in a file of our own, which is mapped as the user's own file is: made
 * once, kept while its sources stay the same, may be deleted at any time, one byte a value. Each output has a scale of its
 * own and no zero point, which is what processors multiply fast (VNNI).
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Fault } from '../../config/faults.ts';
import { elements } from '../float-tensor.ts';
import { currentStamp } from './file-stamp.ts';
import type { Network } from './geometry.ts';
import { readRows } from './read-tensor.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';
import { openTensorFile } from './tensor-file.ts';
import type { UnpackOptions } from './unpack.ts';

/**
 * Matrices within the blocks of the transformer, T5 and the CLIPs, which are nearly all of the work; adaLN, embedders and
 * the last layer stay as they are. So do T5's queries and keys, which are multiplied without a scale: 8 bits there change
 * what it gives by 5.8 % instead of 1.4 (two layers of T5-XXL's size, random weights).
 */
const QUANTISED = [
  /^joint_blocks\.\d{1,6}\.(x_block|context_block)\.(attn2?\.(qkv|proj)|mlp\.fc[12])\.weight$/,
  /^encoder\.block\.\d{1,6}\.layer\.\d\.(SelfAttention\.[vo]|DenseReluDense\.w(i_[01]|o))\.weight$/,
  /^text_model\.encoder\.layers\.\d{1,6}\.(self_attn\.([qkv]|out)_proj|mlp\.fc[12])\.weight$/,
];
/** Smaller ones are not worth it. */
const LEAST_ELEMENTS = 2 ** 12;
export const INT8_ENDING = '.int8.safetensors';

/** What the tensors beside a weight are called: int8 [in, out], and float32 [out] to multiply its products by. */
export function int8Names(weight: string): { readonly values: string; readonly scales: string } {
  return { values: `${weight}.int8`, scales: `${weight}.int8_scale` };
}

/**
 * The path of the network's 8-bit file, made where it is not there.
 * @throws Fault weights.disk_full before anything is written, weights.unreadable, cancelled
 */
export async function int8File<G>(network: Network<G>, options: UnpackOptions): Promise<string> {
  const matrices = quantisedOf(network.tensors);
  const sources = [...new Set(matrices.flatMap(({ ranges }) => ranges.map(({ file }) => file)))];
  const key = createHash('sha256')
    .update(JSON.stringify([sources.map((file) => [file, currentStamp(file)]), matrices]))
    .digest('hex')
    .slice(0, 24);
  const from = sources[0]!;
  const path = join(options.folder, `${basename(from).replace(/\.[a-z]+$/i, '')}-${key}${INT8_ENDING}`);
  if (existsSync(path)) return path;
  mkdirSync(options.folder, { recursive: true });
  const entries = matrices.flatMap(({ name, shape: [outputs = 0, inputs = 0] }) => {
    const { values, scales } = int8Names(name);
    return [
      { name: scales, dtype: 'F32', shape: [outputs], bytes: 4 * outputs },
      { name: values, dtype: 'I8', shape: [inputs, outputs], bytes: inputs * outputs },
    ];
  });
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = statfsSync(options.folder);
  const free = bavail * bsize;
  if (free < total)
    throw new Fault('weights.disk_full', { file: from, folder: options.folder, needed: total, free });
  const draft = `${path}.${process.pid}.tmp`;
  const descriptor = openSync(draft, 'w');
  try {
    writeSync(descriptor, headerOf(entries));
    let done = 0;
    for (const matrix of matrices) {
      if (options.signal?.aborted) throw new Fault('cancelled', {}, options.signal.reason);
      options.onProgress?.({ from, to: path, done, total });
      await setImmediate();
      const { values, scales } = quantised(matrix);
      for (const part of [scales, values]) {
        writeSync(descriptor, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
        done += part.byteLength;
      }
    }
    options.onProgress?.({ from, to: path, done, total });
    closeSync(descriptor);
    renameSync(draft, path);
    return path;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The same network with the 8-bit matrices beside its own. @param except weights that stay as they are */
export function withInt8<G>(network: Network<G>, path: string, except: readonly string[]): Network<G> {
  const left = new Set(except.flatMap((weight) => Object.values(int8Names(weight))));
  const added = [...openTensorFile(path).tensors].filter(([name]) => !left.has(name));
  return { ...network, tensors: new Map([...network.tensors, ...added]) };
}

function quantisedOf(tensors: StoredTensors): StoredTensor[] {
  return [...tensors.values()].filter(
    ({ name, shape }) => QUANTISED.some((kind) => kind.test(name)) && elements(shape) >= LEAST_ELEMENTS,
  );
}

/** Row by row to -127 .. 127, and turned round: products take [in, out]. */
function quantised(matrix: StoredTensor): { values: Int8Array; scales: Float32Array } {
  const [outputs = 0, inputs = 0] = matrix.shape;
  const values = new Int8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  const data = readRows(matrix, 0, outputs);
  for (let row = 0; row < outputs; row++) {
    const start = row * inputs;
    let largest = 0;
    for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(data[start + i]!));
    const scale = largest === 0 ? 1 : largest / 127;
    scales[row] = scale;
    for (let i = 0; i < inputs; i++) values[i * outputs + row] = Math.round(data[start + i]! / scale);
  }
  return { values, scales };
}

function headerOf(
  entries: readonly { name: string; dtype: string; shape: readonly number[]; bytes: number }[],
) {
  const table: Record<string, unknown> = {};
  let at = 0;
  for (const { name, dtype, shape, bytes } of entries) {
    table[name] = { dtype, shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const json = Buffer.from(JSON.stringify(table));
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 64) * 64 + 56, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  json.copy(padded, 8);
  return padded;
}
