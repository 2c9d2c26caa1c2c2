/** Stored tensors cut and put together along dimension 0: only slabs are arranged; no byte is read. */
import { commonDtype } from './dtypes.ts';
import type { Slab, StoredTensor } from './stored-tensor.ts';

/** Rows `from` (inclusive) to `to` (exclusive). */
export function rowsOf(tensor: StoredTensor, from: number, to: number): StoredTensor {
  const shape = [to - from, ...tensor.shape.slice(1)];
  if (tensor.packed) return { ...tensor, shape, packed: { how: 'rows', of: tensor, from, to } };
  return { ...tensor, shape, slabs: slabRows(tensor, { from, to }) };
}

/** One below the other; in place where they are alike, to be unpacked where types or scales differ. All of one row shape. */
export function stack(name: string, parts: readonly StoredTensor[]): StoredTensor {
  const [first] = parts as readonly [StoredTensor];
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const shape = [rows, ...first.shape.slice(1)];
  const inPlace = parts.every(
    (part) => !part.packed && part.dtype === first.dtype && part.scale === first.scale,
  );
  if (inPlace) return { ...first, name, shape, slabs: parts.flatMap((part) => part.slabs) };
  const { scale: _, ...rest } = first;
  const dtype = commonDtype(parts.map((part) => part.dtype));
  return { ...rest, name, dtype, shape, slabs: [], packed: { how: 'stacked', parts } };
}

/** Rows `from` (inclusive) to `to` (exclusive) of dimension 0. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** The byte ranges that hold the rows asked for: part of one slab, or several slabs one after another. */
export function slabRows(stored: Pick<StoredTensor, 'slabs'>, rows: Rows): Slab[] {
  const parts: Slab[] = [];
  let first = 0;
  for (const slab of stored.slabs) {
    const count = slab.shape[0] ?? 1;
    const from = Math.max(rows.from - first, 0);
    const to = Math.min(rows.to - first, count);
    if (from < to) {
      const rowBytes = slab.length / count;
      const shape = slab.shape.length === 0 ? [] : [to - from, ...slab.shape.slice(1)];
      parts.push({
        file: slab.file,
        offset: slab.offset + from * rowBytes,
        length: (to - from) * rowBytes,
        shape,
      });
    }
    first += count;
  }
  return parts;
}
