/** Tensors in memory for tests: read from the reference's files, renamed, cut, re-typed and quantised, and written again. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { elements } from '../../../../pipeline/float-tensor.ts';
import { decode, encodeBf16, encodeF16 } from '../../../../pipeline/weights/dtypes.ts';
import { readSlab } from '../../../../pipeline/weights/read-tensor.ts';
import type { DType } from '../../../../pipeline/weights/stored-tensor.ts';
import { openTensorFile } from '../../../../pipeline/weights/tensor-file.ts';
import { writeSafetensors } from '../write-safetensors.ts';

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** As it was stored. */
  readonly dtype: DType;
}
export type Tensors = ReadonlyMap<string, Values>;

/** A tensor as bytes of any type. */
export interface Raw {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export function readAll(file: string): Map<string, Values> {
  const { tensors } = openTensorFile(file);
  return new Map(
    [...tensors.values()].map(({ name, dtype, shape, slabs }) => [
      name,
      { shape, dtype, data: decode(dtype, readSlab(slabs[0]!)) },
    ]),
  );
}

export function write(
  file: string,
  tensors: Iterable<readonly [string, Raw]>,
  metadata?: Record<string, string>,
): string {
  mkdirSync(dirname(file), { recursive: true });
  writeSafetensors(
    file,
    [...tensors].map(([name, raw]) => ({ name, ...raw })),
    metadata,
  );
  return file;
}

export function raw(values: Values, dtype: DType = values.dtype): Raw {
  const { shape, data } = values;
  const bytes = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  switch (dtype) {
    case 'F64':
      return { dtype, shape, data: bytes(Float64Array.from(data)) };
    case 'F16':
      return { dtype, shape, data: bytes(encodeF16(data)) };
    case 'BF16':
      return { dtype, shape, data: bytes(encodeBf16(data)) };
    case 'F8_E4M3':
    case 'F8_E5M2':
      return { dtype, shape, data: toFloat8(data, dtype) };
    default:
      return { dtype: 'F32', shape, data: bytes(data.slice()) };
  }
}

/** Nearest float8, saturating. */
export function toFloat8(values: Float32Array, dtype: 'F8_E4M3' | 'F8_E5M2'): Uint8Array {
  const table = decode(
    dtype,
    Uint8Array.from({ length: 128 }, (_, code) => code),
  );
  const last = table.findLastIndex((value) => Number.isFinite(value));
  return Uint8Array.from(values, (value) => {
    const size = Math.min(Math.abs(value), table[last]!);
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (table[middle]! <= size) low = middle;
      else high = middle;
    }
    const code = size - table[low]! <= table[high]! - size ? low : high;
    return code | (value < 0 ? 128 : 0);
  });
}

export function absmax(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

export function floats(values: readonly number[] | Float32Array, shape: readonly number[]): Raw {
  return { dtype: 'F32', shape, data: new Uint8Array(Float32Array.from(values).buffer) };
}

export function texts(json: unknown): Raw {
  const data = new TextEncoder().encode(JSON.stringify(json));
  return { dtype: 'U8', shape: [data.length], data };
}

export function transposed({ shape, data, dtype }: Values): Values {
  const [rows = 1, columns = 1] = shape;
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c]!;
  return { shape: [columns, rows], data: turned, dtype };
}

/** Rows `from` to `to`. */
export function rows({ shape, data, dtype }: Values, from: number, to: number): Values {
  const size = elements(shape.slice(1));
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size), dtype };
}

export function below(parts: readonly Values[]): Values {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const [first] = parts as readonly [Values];
  return {
    shape: [parts.reduce((sum, { shape }) => sum + shape[0]!, 0), ...first.shape.slice(1)],
    data,
    dtype: first.dtype,
  };
}

export function prefixed<T>(prefix: string, tensors: Iterable<readonly [string, T]>): [string, T][] {
  return [...tensors].map(([name, value]) => [prefix + name, value]);
}

export function under<T>(prefix: string, tensors: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map(
    [...tensors].flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  );
}
