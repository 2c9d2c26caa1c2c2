/** Writes float32 tensors as a safetensors file, for those who want to look at latents elsewhere. */
import type { FloatTensor } from '../float-tensor.ts';

/**
 * The bytes of a safetensors file: 8 bytes header length, JSON header padded with blanks to a multiple of 8, then
 * the data, little-endian, in the order given.
 */
export function writeSafetensors(tensors: Readonly<Record<string, FloatTensor>>): Uint8Array {
  const header: Record<string, { dtype: 'F32'; shape: readonly number[]; data_offsets: [number, number] }> =
    {};
  let length = 0;
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [length, length + data.byteLength] };
    length += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = Buffer.alloc(8 + padded + length, ' ');
  file.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(file, 8);
  let at = 8 + padded;
  for (const { data } of Object.values(tensors)) {
    for (const value of data) at = file.writeFloatLE(value, at);
  }
  return file;
}
