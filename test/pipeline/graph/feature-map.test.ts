import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRows, mapOfStrips } from '../../../pipeline/graph/feature-map.ts';
import { GraphBuilder } from '../../../pipeline/graph/graph-builder.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';

describe('cutRows', () => {
  it('covers every row once, in order, with no empty strip', () => {
    const side = fc.integer({ min: 1, max: 2000 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 1e6 }), (height, width, pixels) => {
        const strips = cutRows(height, width, pixels);
        expect(strips[0]!.from).toBe(0);
        expect(strips.at(-1)!.to).toBe(height);
        for (const [i, { from, to }] of strips.entries()) {
          expect(to).toBeGreaterThan(from);
          if (i > 0) expect(from).toBe(strips[i - 1]!.to);
        }
      }),
    );
  });

  it('keeps a small map whole', () => {
    expect(cutRows(64, 64, 16384)).toEqual([{ from: 0, to: 64 }]);
  });
});

describe('a map of strips', () => {
  it('hands out any rows, whichever strips they lie in', async () => {
    const size = { channels: 2, height: 7, width: 3 };
    const g = new GraphBuilder();
    const strips = cutRows(size.height, size.width, 6).map(({ from, to }, i) => ({
      from,
      to,
      value: g.input(`strip${i}`, 'float', [1, size.channels, to - from, size.width]),
    }));
    const map = mapOfStrips(g, size, strips);
    const ranges = [];
    for (let from = 0; from < size.height; from++)
      for (let to = from + 1; to <= size.height; to++) ranges.push({ from, to });
    for (const { from, to } of ranges)
      g.output(`rows${from}-${to}`, map.rows(from, to), [1, size.channels, to - from, size.width]);

    const session = await openSession({ model: g.finish(), folder: '/' }, { device: 'cpu' });
    const outputs = await session.run(
      Object.fromEntries(
        strips.map(({ value, from, to }) => [
          value,
          { data: rowsOf(size, from, to), shape: [1, 2, to - from, 3] },
        ]),
      ),
    );
    for (const { from, to } of ranges)
      expect(outputs[`rows${from}-${to}`]!.data).toEqual(rowsOf(size, from, to));
    expect(strips.length).toBeGreaterThan(2);
  });
});

/** Rows of a picture whose values say channel, row and column. */
function rowsOf(size: { channels: number; width: number }, from: number, to: number): Float32Array {
  const values = [];
  for (let channel = 0; channel < size.channels; channel++)
    for (let row = from; row < to; row++)
      for (let column = 0; column < size.width; column++) values.push(channel * 100 + row * 10 + column);
  return Float32Array.from(values);
}
