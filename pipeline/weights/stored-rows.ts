/** Stored tensors cut and put together along dimension 0: only byte ranges are arranged; no byte is read. */
import { commonDtype } from './dtypes.ts';
import type { ByteRange, StoredTensor } from './stored-tensor.ts';

/** Rows `from` (inclusive) to `to` (exclusive). */
export function rowsOf(tensor: StoredTensor, from: number, to: number): StoredTensor {
  const shape = [to - from, ...tensor.shape.slice(1)];
  if (tensor.packed) return { ...tensor, shape, packed: { how: 'rows', of: tensor, from, to } };
  return { ...tensor, shape, ranges: rangesOfRows(tensor, { from, to }) };
}

/** One below the other; in place where they are alike, to be unpacked where types or scales differ. All of one row shape. */
export function stack(name: string, parts: readonly StoredTensor[]): StoredTensor {
  const [first] = parts as readonly [StoredTensor];
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const shape = [rows, ...first.shape.slice(1)];
  const inPlace = parts.every(
    (part) => !part.packed && part.dtype === first.dtype && part.scale === first.scale,
  );
  if (inPlace) return { ...first, name, shape, ranges: parts.flatMap((part) => part.ranges) };
  const { scale: _, ...rest } = first;
  const dtype = commonDtype(parts.map((part) => part.dtype));
  return { ...rest, name, dtype, shape, ranges: [], packed: { how: 'stacked', parts } };
}

/** Rows `from` (inclusive) to `to` (exclusive) of dimension 0. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** The byte ranges that hold the rows asked for: part of one byte range, or several byte ranges one after another. */
export function rangesOfRows(stored: Pick<StoredTensor, 'ranges'>, rows: Rows): ByteRange[] {
  const parts: ByteRange[] = [];
  let first = 0;
  for (const range of stored.ranges) {
    const count = range.shape[0] ?? 1;
    const from = Math.max(rows.from - first, 0);
    const to = Math.min(rows.to - first, count);
    if (from < to) {
      const rowBytes = range.length / count;
      const shape = range.shape.length === 0 ? [] : [to - from, ...range.shape.slice(1)];
      parts.push({
        file: range.file,
        offset: range.offset + from * rowBytes,
        length: (to - from) * rowBytes,
        shape,
      });
    }
    first += count;
  }
  return parts;
}

/** The rows asked for, cut where one byte range ends and the next begins. */
export function cutAtRanges(stored: Pick<StoredTensor, 'ranges'>, rows: Rows): Rows[] {
  let from = rows.from;
  return rangesOfRows(stored, rows).map(({ shape }) => {
    const to = from + (shape[0] ?? 1);
    const own = { from, to };
    from = to;
    return own;
  });
}
