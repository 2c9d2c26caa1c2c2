/** The values of packed tensors as float32, row by row: GGUF's blocks, grids of scales, codes with tables, and re-ordered parts. */
import { elements } from '../float-tensor.ts';
import { unpackBlocks } from './ggml-blocks.ts';
import { ggmlType } from './ggml-types.ts';
import { readBytes, readRows, readSlab, readTensor } from './read-tensor.ts';
import type { Packed, StoredTensor } from './stored-tensor.ts';

/** Rows `from` to `to` of dimension 0. @throws Fault weights.unreadable */
export function packedRows(tensor: StoredTensor, packed: Packed, from: number, to: number): Float32Array {
  const rowSize = elements(tensor.shape.slice(1));
  switch (packed.how) {
    case 'blocks':
      return blocks(packed, from * rowSize, to * rowSize);
    case 'scaled':
      return scaled(packed, from, to);
    case 'codes':
      return codes(packed, from * rowSize, to * rowSize);
    case 'transposed':
      return transposed(packed.of).subarray(from * rowSize, to * rowSize);
    case 'stacked':
      return stacked(packed.parts, from, to, rowSize);
    case 'rows':
      return readRows(packed.of, packed.from + from, packed.from + to);
    default:
      return packed satisfies never;
  }
}

type How<H extends Packed['how']> = Extract<Packed, { how: H }>;

/** Values `from` to `to`; rows need not begin with a block (where the true shape is another one). */
function blocks({ type, slab }: How<'blocks'>, from: number, to: number): Float32Array {
  const { values, bytes } = ggmlType(type);
  const first = Math.floor(from / values);
  const last = Math.ceil(to / values);
  const unpacked = unpackBlocks(
    type,
    readBytes(slab.file, slab.offset + first * bytes, (last - first) * bytes),
  );
  return unpacked.subarray(from - first * values, to - first * values);
}

function scaled(
  { of, scales, rows, columns, turned }: How<'scaled'>,
  from: number,
  to: number,
): Float32Array {
  const data = readRows(of, from, to);
  const width = data.length / (to - from);
  const grid = readTensor(scales).data;
  const across = Math.ceil(width / columns);
  for (let row = from; row < to; row++) {
    const line = Math.floor(row / rows) * across;
    const at = (row - from) * width;
    if (across === 1) for (let i = at; i < at + width; i++) data[i]! *= grid[line]!;
    else
      for (let column = 0; column < width; column++)
        data[at + column]! *= grid[line + Math.floor(column / columns)]!;
    if (turned !== undefined) turnBack(data, at, width, turned);
  }
  return data;
}

/**
 * Undoes ComfyUI's `convrot`: each run of `size` values (a power of 4) was multiplied by the normalised Hadamard matrix
 * that is built from [[1,1,1,-1],[1,1,-1,1],[1,-1,1,1],[-1,1,1,1]]; it is symmetric and its own inverse.
 */
function turnBack(data: Float32Array, at: number, width: number, size: number): void {
  for (let start = at; start < at + width; start += size)
    for (let step = 1; step < size; step *= 4)
      for (let i = 0; i < size; i++) {
        if (Math.floor(i / step) % 4 !== 0) continue;
        const [a, b, c, d] = [0, 1, 2, 3].map((k) => data[start + i + k * step]!) as [
          number,
          number,
          number,
          number,
        ];
        data[start + i] = (a + b + c - d) / 2;
        data[start + i + step] = (a + b - c + d) / 2;
        data[start + i + 2 * step] = (a - b + c + d) / 2;
        data[start + i + 3 * step] = (-a + b + c + d) / 2;
      }
}

/** The first of two codes lies in the high half of its byte (bitsandbytes' `dequantize_blockwise`). */
function codes(packed: How<'codes'>, from: number, to: number): Float32Array {
  const [slab] = packed.codes.slabs;
  const first = Math.floor(from / 2);
  const bytes = readBytes(slab!.file, slab!.offset + first, Math.ceil(to / 2) - first);
  const table = readTensor(packed.table).data;
  const absmax = largestValues(packed);
  const data = new Float32Array(to - from);
  for (let i = from; i < to; i++) {
    const byte = bytes[(i >> 1) - first]!;
    data[i - from] = table[i % 2 === 0 ? byte >> 4 : byte & 15]! * absmax[Math.floor(i / packed.block)]!;
  }
  return data;
}

function largestValues({ absmax, nested }: How<'codes'>): Float32Array {
  if (!nested) return readTensor(absmax).data;
  const places = readSlab(absmax.slabs[0]!);
  const table = readTensor(nested.table).data;
  const largest = readTensor(nested.absmax).data;
  return Float32Array.from(
    places,
    (place, i) =>
      Math.fround(table[place]! * largest[Math.floor(i / nested.block)]!) + Math.fround(nested.offset),
  );
}

function transposed(of: StoredTensor): Float32Array {
  const { data } = readTensor(of);
  const [rows = 1, columns = 1] = of.shape;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = data[row * columns + column]!;
  return turned;
}

function stacked(parts: readonly StoredTensor[], from: number, to: number, rowSize: number): Float32Array {
  const data = new Float32Array((to - from) * rowSize);
  let first = 0;
  for (const part of parts) {
    const count = part.shape[0]!;
    const begin = Math.max(from - first, 0);
    const end = Math.min(to - first, count);
    if (begin < end) data.set(readRows(part, begin, end), (first + begin - from) * rowSize);
    first += count;
  }
  return data;
}
