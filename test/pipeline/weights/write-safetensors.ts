/** Writes safetensors files for tests: well-formed ones from a list of tensors, and any header whatever around any data. */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { BYTES_PER_ELEMENT } from '../../../pipeline/weights/dtypes.ts';
import type { DType } from '../../../pipeline/weights/stored-tensor.ts';

export interface TensorToWrite {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Little-endian; without it the tensor is zeros that take no room on disk, so files may be of any size. */
  readonly data?: Uint8Array;
}

/** Writes a well-formed file, the tensors one after another in the order given. */
export function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata?: Readonly<Record<string, string>>,
): void {
  const entries: [string, unknown][] = metadata ? [['__metadata__', metadata]] : [];
  const places: number[] = [];
  let end = 0;
  for (const { name, dtype, shape } of tensors) {
    places.push(end);
    const begin = end;
    end += byteLength(dtype, shape);
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const head = rawSafetensors(headerText(entries));
  const descriptor = openSync(path, 'w');
  try {
    writeSync(descriptor, head);
    ftruncateSync(descriptor, head.length + end);
    for (const [i, { data }] of tensors.entries())
      if (data) writeSync(descriptor, data, 0, data.length, head.length + places[i]!);
  } finally {
    closeSync(descriptor);
  }
}

/** JSON that keeps every name as it is, `__proto__` too, and any name twice. */
export function headerText(entries: readonly (readonly [name: string, value: unknown])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

/**
 * The bytes of a file with this header, sound or not.
 * @param claimed the length that the first eight bytes say, where it is not the header's own
 */
export function rawSafetensors(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(),
  claimed?: bigint,
): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

export function writeRaw(path: string, ...content: Parameters<typeof rawSafetensors>): string {
  writeFileSync(path, rawSafetensors(...content));
  return path;
}

export function byteLength(dtype: DType, shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, BYTES_PER_ELEMENT[dtype]);
}

export function bytesOf(values: Float32Array | Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
