/** The element types of safetensors files: how wide they are, which of them networks take, and their values as float32. */
import type { DType } from './stored-tensor.ts';

export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  C64: 8,
  F8_E8M0: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  F4: 0.5,
};

/** The types a weight of a network may have. */
export const FLOAT_DTYPES: ReadonlySet<DType> = new Set(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/** The types a single number may have, such as LoRA's `alpha`: whoever made it of Python's 16 has an I64. */
export const NUMBER_DTYPES: ReadonlySet<DType> = new Set([
  ...FLOAT_DTYPES,
  ...(['I64', 'I32', 'I16', 'I8', 'U64', 'U32', 'U16', 'U8'] as const),
]);

/** The type that holds the values of all of them exactly, or as near as weights need. */
export function commonDtype(dtypes: readonly DType[]): DType {
  const among = (...allowed: readonly DType[]) => dtypes.every((dtype) => allowed.includes(dtype));
  if (among('F16', 'F8_E4M3', 'F8_E5M2')) return 'F16';
  return among('BF16', 'F8_E4M3', 'F8_E5M2') ? 'BF16' : 'F32';
}

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

/**
 * The values of little-endian bytes as float32, as `tensor.to(torch.float32)` gives them. 64-bit types are rounded;
 * BOOL becomes 0 or 1.
 * @param bytes a whole number of elements, at any alignment
 */
export function decode(dtype: DType, bytes: Uint8Array): Float32Array {
  const count = bytes.length / BYTES_PER_ELEMENT[dtype];
  if (!Number.isInteger(count)) throw new Error(`${bytes.length} bytes are no whole number of ${dtype}`);
  const aligned = () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  switch (dtype) {
    case 'F64':
      return Float32Array.from(new Float64Array(aligned()));
    case 'F32':
      return new Float32Array(aligned());
    case 'F16':
      return pick(f16Table(), new Uint16Array(aligned()));
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(aligned()), (half) => half << 16).buffer);
    case 'F8_E4M3':
      return pick(e4m3Table(), bytes);
    case 'F8_E5M2':
      return pick(e5m2Table(), bytes);
    case 'I64':
      return Float32Array.from(new BigInt64Array(aligned()), Number);
    case 'I32':
      return Float32Array.from(new Int32Array(aligned()));
    case 'I16':
      return Float32Array.from(new Int16Array(aligned()));
    case 'I8':
      return Float32Array.from(new Int8Array(aligned()));
    case 'U64':
      return Float32Array.from(new BigUint64Array(aligned()), Number);
    case 'U32':
      return Float32Array.from(new Uint32Array(aligned()));
    case 'U16':
      return Float32Array.from(new Uint16Array(aligned()));
    case 'U8':
      return Float32Array.from(bytes);
    case 'BOOL':
      return Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
    case 'F8_E8M0':
      return Float32Array.from(bytes, (exponent) => (exponent === 255 ? Number.NaN : 2 ** (exponent - 127)));
    case 'C64':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
    case 'F4':
      throw new Error(`values of ${dtype} are never read`);
    default:
      return dtype satisfies never;
  }
}

/** float32 to IEEE half bits, ties to even, too large to infinity (`tensor.to(torch.float16)`). */
export function encodeF16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, halfBits);
}

/** float32 to bfloat16 bits, ties to even (`tensor.to(torch.bfloat16)`). */
export function encodeBf16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (one) =>
    (one & 0x7fffffff) > 0x7f800000 ? (one >>> 16) | 0x40 : (one + 0x7fff + ((one >>> 16) & 1)) >>> 16,
  );
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24: adding 0.5 leaves exactly those bits, rounded by the hardware.
    FLOAT[0] = 0.5;
    const half = BITS[0]!;
    BITS[0] = magnitude;
    FLOAT[0] = FLOAT[0]! + 0.5;
    return sign | (BITS[0]! - half);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

function pick(table: Float32Array, codes: Uint8Array | Uint16Array): Float32Array {
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
  return values;
}

/** Every value of a small binary float: sign, then exponent bits, then mantissa bits. */
function table(
  exponentBits: number,
  mantissaBits: number,
  special: (exponent: number, mantissa: number) => number | undefined,
): Float32Array {
  const bias = 2 ** (exponentBits - 1) - 1;
  const half = 2 ** (exponentBits + mantissaBits);
  const values = new Float32Array(2 * half);
  for (let code = 0; code < half; code++) {
    const exponent = code >> mantissaBits;
    const fraction = (code % 2 ** mantissaBits) / 2 ** mantissaBits;
    const finite = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
    const value = special(exponent, code % 2 ** mantissaBits) ?? finite;
    values[code] = value;
    values[code + half] = -value;
  }
  return values;
}

/** IEEE: the highest exponent is infinity or NaN. */
const ieee = (highest: number) => (exponent: number, mantissa: number) =>
  exponent < highest ? undefined : mantissa === 0 ? Infinity : Number.NaN;

const once = <T>(make: () => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};
const f16Table = once(() => table(5, 10, ieee(31)));
const e5m2Table = once(() => table(5, 2, ieee(31)));
/** The "fn" kind of torch.float8_e4m3fn: no infinities, only the highest code is NaN. */
const e4m3Table = once(() =>
  table(4, 3, (exponent, mantissa) => (exponent === 15 && mantissa === 7 ? Number.NaN : undefined)),
);
