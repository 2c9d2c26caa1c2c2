/** Writes GGUF files for tests, quantising as simply as the blocks allow (llama.cpp searches for better factors). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeF16 } from '../../../../pipeline/weights/dtypes.ts';
import { absmax, type Values } from './tensors.ts';

type Quantise = (block: Float32Array) => Uint8Array;

const half = (value: number): [number, number] => {
  const [bits = 0] = encodeF16(Float32Array.of(value));
  return [bits & 255, bits >> 8];
};
const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, Math.round(value)));

const q8_0: Quantise = (block) => {
  const d = absmax(block) / 127;
  return Uint8Array.of(...half(d), ...[...block].map((value) => clamp(value / d, -127, 127) & 255));
};
/** @param bits 4 or 5; with a minimum the codes count from it, without it from the middle */
const legacy =
  (bits: 4 | 5, withMinimum: boolean): Quantise =>
  (block) => {
    const top = 2 ** bits - 1;
    const least = withMinimum ? Math.min(...block) : 0;
    const d = withMinimum ? (Math.max(...block) - least) / top || 1 : absmax(block) / 2 ** (bits - 1);
    const codes = [...block].map((value) =>
      withMinimum ? clamp((value - least) / d, 0, top) : clamp(value / d + 2 ** (bits - 1), 0, top),
    );
    const fifth = [0, 1, 2, 3].map((byte) =>
      codes.slice(8 * byte, 8 * byte + 8).reduce((all, code, i) => all | ((code >> 4) << i), 0),
    );
    const nibbles = Array.from({ length: 16 }, (_, i) => (codes[i]! & 15) | ((codes[i + 16]! & 15) << 4));
    return Uint8Array.of(
      ...half(d),
      ...(withMinimum ? half(least) : []),
      ...(bits === 5 ? fifth : []),
      ...nibbles,
    );
  };

const q6_K: Quantise = (block) => {
  const scales = Array.from({ length: 16 }, (_, i) => absmax(block.subarray(16 * i, 16 * i + 16)) / 31);
  const d = Math.max(...scales) / 127;
  const bytes = new Uint8Array(210);
  for (let i = 0; i < 256; i++) {
    const scale = clamp(scales[i >> 4]! / d, 1, 127);
    const code = clamp(block[i]! / (d * scale) + 32, 0, 63);
    const [side, quarter, place] = [i >> 7, (i >> 5) & 3, i & 31];
    bytes[64 * side + 32 * (quarter & 1) + place]! |= (code & 15) << (4 * (quarter >> 1));
    bytes[128 + 32 * side + place]! |= (code >> 4) << (2 * quarter);
    bytes[192 + (i >> 4)] = scale;
  }
  bytes.set(half(d), 208);
  return bytes;
};

/** Q4_K and Q5_K. */
const q45K =
  (bits: 4 | 5): Quantise =>
  (block) => {
    const top = 2 ** bits - 1;
    const groups = Array.from({ length: 8 }, (_, i) => block.subarray(32 * i, 32 * i + 32));
    const leasts = groups.map((group) => Math.max(0, -Math.min(...group)));
    const steps = groups.map((group, i) => (Math.max(...group) + leasts[i]!) / top || 1e-9);
    const d = Math.max(...steps) / 63;
    const dLeast = Math.max(...leasts) / 63 || 1e-9;
    const bytes = new Uint8Array(bits === 4 ? 144 : 176);
    bytes.set([...half(d), ...half(dLeast)]);
    for (let group = 0; group < 8; group++) {
      const factor = clamp(steps[group]! / d, 1, 63);
      const least = clamp(leasts[group]! / dLeast, 0, 63);
      if (group < 4) {
        bytes[4 + group]! |= factor;
        bytes[8 + group]! |= least;
      } else {
        bytes[8 + group]! = (factor & 15) | ((least & 15) << 4);
        bytes[group]! |= (factor >> 4) << 6;
        bytes[4 + group]! |= (least >> 4) << 6;
      }
      for (let i = 0; i < 32; i++) {
        const code = clamp((groups[group]![i]! + dLeast * least) / (d * factor), 0, top);
        bytes[(bits === 4 ? 16 : 48) + 32 * (group >> 1) + i]! |= (code & 15) << (4 * (group & 1));
        if (bits === 5) bytes[16 + i]! |= (code >> 4) << group;
      }
    }
    return bytes;
  };

const plain = (
  bytes: number,
  encode: (values: Float32Array) => ArrayBufferView,
): [number, number, Quantise] => [
  1,
  bytes,
  (block) => {
    const view = encode(block);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  },
];

/** By name: number in the file, values and bytes of a block, and how a block is made. */
const TYPES = {
  F32: [0, ...plain(4, (values) => values.slice())],
  F16: [1, ...plain(2, encodeF16)],
  Q4_0: [2, 32, 18, legacy(4, false)],
  Q4_1: [3, 32, 20, legacy(4, true)],
  Q5_0: [6, 32, 22, legacy(5, false)],
  Q5_1: [7, 32, 24, legacy(5, true)],
  Q8_0: [8, 32, 34, q8_0],
  Q4_K: [12, 256, 144, q45K(4)],
  Q5_K: [13, 256, 176, q45K(5)],
  Q6_K: [14, 256, 210, q6_K],
} as const satisfies Record<string, readonly [number, number, number, Quantise]>;
export type GgufType = keyof typeof TYPES;

export interface GgufTensor {
  readonly values: Values;
  readonly type: GgufType;
}

/** Whether a tensor can have that type as it is, as converters decide: whole blocks in a row, and no small vectors. */
export function takesType({ shape, data }: Values, type: GgufType): boolean {
  return shape.length === 2 && shape[1]! % TYPES[type][1] === 0 && data.length >= 1024;
}

/** @param reshaped store what rows do not fit in rows of one block, and the true shape beside it (city96's converter) */
export function writeGguf(
  file: string,
  tensors: ReadonlyMap<string, GgufTensor>,
  architecture: string,
  reshaped = false,
): string {
  const metadata: [string, string | readonly number[]][] = [['general.architecture', architecture]];
  const infos: Buffer[] = [];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { values, type: wanted }] of tensors) {
    let { shape } = values;
    let type: GgufType = wanted;
    const [, block] = TYPES[wanted];
    if (block > 1 && shape.at(-1)! % block !== 0) {
      if (reshaped && values.data.length % block === 0) {
        metadata.push([`comfy.gguf.orig_shape.${name}`, shape]);
        shape = [values.data.length / block, block];
      } else type = 'F16';
    }
    const [number, size, , quantise] = TYPES[type];
    const parts: Uint8Array[] = [];
    const step = size === 1 ? values.data.length : size;
    for (let at = 0; at < values.data.length; at += step)
      parts.push(quantise(values.data.subarray(at, at + step)));
    const bytes = Buffer.concat(parts);
    infos.push(
      Buffer.concat([
        text(name),
        u32(shape.length),
        ...shape.toReversed().map(u64),
        u32(number),
        u64(offset),
      ]),
    );
    const padded = Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
    data.push(padded);
    offset += padded.length;
  }
  const pairs = metadata.map(([key, value]) =>
    typeof value === 'string'
      ? Buffer.concat([text(key), u32(8), text(value)])
      : Buffer.concat([text(key), u32(9), u32(5), u64(value.length), ...value.map(u32)]),
  );
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.size),
    u64(pairs.length),
    ...pairs,
    ...infos,
  ]);
  const padding = Buffer.alloc((32 - (head.length % 32)) % 32);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.concat([head, padding, ...data]));
  return file;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}
