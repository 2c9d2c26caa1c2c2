/**
 * The values of GGUF's quantised blocks as float32, as ggml's `dequantize_row_*` in ggml-quants.c gives them: each block
 * has one or two float16 factors and small whole numbers. Every routine takes one block and writes its values.
 */
import { decode } from './dtypes.ts';
import { type GgmlName, ggmlType } from './ggml-types.ts';

/** @param at the block's first byte; @param out the values from `to` on */
type Unpack = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

let halves: Float32Array | undefined;

/** A little-endian float16. */
function half(bytes: Uint8Array, at: number): number {
  halves ??= decode('F16', new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer));
  return halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

const q8_0: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let i = 0; i < 32; i++) out[to + i] = d * signed(bytes[at + 2 + i]!);
};

const q4_0: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 2 + i]!;
    out[to + i] = d * ((byte & 15) - 8);
    out[to + 16 + i] = d * ((byte >> 4) - 8);
  }
};

const q4_1: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const least = half(bytes, at + 2);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 4 + i]!;
    out[to + i] = Math.fround(d * (byte & 15)) + least;
    out[to + 16 + i] = Math.fround(d * (byte >> 4)) + least;
  }
};

/** The fifth bits of 32 values lie in four bytes of their own. */
function fifthBit(bytes: Uint8Array, at: number, i: number): number {
  return ((bytes[at + (i >> 3)]! >> (i & 7)) & 1) << 4;
}

const q5_0: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 6 + i]!;
    out[to + i] = d * (((byte & 15) | fifthBit(bytes, at + 2, i)) - 16);
    out[to + 16 + i] = d * (((byte >> 4) | fifthBit(bytes, at + 2, i + 16)) - 16);
  }
};

const q5_1: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const least = half(bytes, at + 2);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 8 + i]!;
    out[to + i] = Math.fround(d * ((byte & 15) | fifthBit(bytes, at + 4, i))) + least;
    out[to + 16 + i] = Math.fround(d * ((byte >> 4) | fifthBit(bytes, at + 4, i + 16))) + least;
  }
};

const NL_VALUES = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

const iq4_nl: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 2 + i]!;
    out[to + i] = d * NL_VALUES[byte & 15]!;
    out[to + 16 + i] = d * NL_VALUES[byte >> 4]!;
  }
};

const iq4_xs: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const high = bytes[at + 2]! | (bytes[at + 3]! << 8);
  for (let group = 0; group < 8; group++) {
    const low = (bytes[at + 4 + (group >> 1)]! >> (4 * (group & 1))) & 15;
    const scale = (low | (((high >> (2 * group)) & 3) << 4)) - 32;
    const factor = Math.fround(d * scale);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 8 + 16 * group + i]!;
      out[to + 32 * group + i] = factor * NL_VALUES[byte & 15]!;
      out[to + 32 * group + 16 + i] = factor * NL_VALUES[byte >> 4]!;
    }
  }
};

/** The six-bit factor and minimum of group 0..7, packed in twelve bytes (`get_scale_min_k4`). */
function factorAndLeast(bytes: Uint8Array, at: number, group: number): [number, number] {
  if (group < 4) return [bytes[at + group]! & 63, bytes[at + group + 4]! & 63];
  const both = bytes[at + group + 4]!;
  return [(both & 15) | ((bytes[at + group - 4]! >> 6) << 4), (both >> 4) | ((bytes[at + group]! >> 6) << 4)];
}

/** Q4_K and Q5_K: eight groups of 32 values, low nibbles before high ones. @param fifth place of the fifth bits */
const q45K =
  (fifth: number | undefined, quants: number): Unpack =>
  (bytes, at, out, to) => {
    const d = half(bytes, at);
    const dLeast = half(bytes, at + 2);
    for (let group = 0; group < 8; group++) {
      const [factor, minimum] = factorAndLeast(bytes, at + 4, group);
      const scale = Math.fround(d * factor);
      const least = Math.fround(dLeast * minimum);
      for (let i = 0; i < 32; i++) {
        const nibble = (bytes[at + quants + 32 * (group >> 1) + i]! >> (4 * (group & 1))) & 15;
        const bit = fifth === undefined ? 0 : ((bytes[at + fifth + i]! >> group) & 1) << 4;
        out[to + 32 * group + i] = Math.fround(scale * (nibble | bit)) - least;
      }
    }
  };

const q6_K: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at + 208);
  for (let i = 0; i < 256; i++) {
    const side = i >> 7;
    const quarter = (i >> 5) & 3;
    const place = i & 31;
    const low = bytes[at + 64 * side + 32 * (quarter & 1) + place]! >> (4 * (quarter >> 1));
    const high = (bytes[at + 128 + 32 * side + place]! >> (2 * quarter)) & 3;
    const scale = Math.fround(d * signed(bytes[at + 192 + (i >> 4)]!));
    out[to + i] = scale * (((low & 15) | (high << 4)) - 32);
  }
};

const q3_K: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at + 108);
  for (let i = 0; i < 256; i++) {
    const group = i >> 4;
    const side = i >> 7;
    const quarter = (i >> 5) & 3;
    const low = (bytes[at + 96 + (group & 7)]! >> (4 * (group >> 3))) & 15;
    const high = (bytes[at + 104 + (group & 3)]! >> (2 * (group >> 2))) & 3;
    const scale = Math.fround(d * ((low | (high << 4)) - 32));
    const quant = (bytes[at + 32 + 32 * side + (i & 31)]! >> (2 * quarter)) & 3;
    const missing = (bytes[at + (i & 31)]! >> (4 * side + quarter)) & 1 ? 0 : 4;
    out[to + i] = scale * (quant - missing);
  }
};

const q2_K: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at + 80);
  const dLeast = half(bytes, at + 82);
  for (let i = 0; i < 256; i++) {
    const both = bytes[at + (i >> 4)]!;
    const quant = (bytes[at + 16 + 32 * (i >> 7) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
    out[to + i] = Math.fround(Math.fround(d * (both & 15)) * quant) - Math.fround(dLeast * (both >> 4));
  }
};

const UNPACK: Partial<Record<GgmlName, Unpack>> = {
  Q8_0: q8_0,
  Q4_0: q4_0,
  Q4_1: q4_1,
  Q5_0: q5_0,
  Q5_1: q5_1,
  IQ4_NL: iq4_nl,
  IQ4_XS: iq4_xs,
  Q2_K: q2_K,
  Q3_K: q3_K,
  Q4_K: q45K(undefined, 16),
  Q5_K: q45K(16, 48),
  Q6_K: q6_K,
};

/** @param bytes a whole number of blocks */
export function unpackBlocks(name: GgmlName, bytes: Uint8Array): Float32Array {
  const { values, bytes: size } = ggmlType(name);
  const unpack = UNPACK[name];
  const blocks = bytes.length / size;
  if (!unpack || !Number.isInteger(blocks)) throw new Error(`${bytes.length} bytes are no blocks of ${name}`);
  const out = new Float32Array(blocks * values);
  for (let block = 0; block < blocks; block++) unpack(bytes, block * size, out, block * values);
  return out;
}
