import { expect, test } from 'vitest';
import { cannyEdges } from '../../../pipeline/image/canny.ts';

const SIDE = 24;
/** A picture of three equal channels. */
const picture = (value: (x: number, y: number) => number) => {
  const plane = Float32Array.from({ length: SIDE * SIDE }, (_, p) => value(p % SIDE, Math.floor(p / SIDE)));
  const data = new Float32Array(3 * plane.length);
  for (const c of [0, 1, 2]) data.set(plane, c * plane.length);
  return { data, shape: [1, 3, SIDE, SIDE] };
};
const marked = (data: Float32Array) =>
  [...data.subarray(0, SIDE * SIDE)].flatMap((value, p) =>
    value === 1 ? [[p % SIDE, Math.floor(p / SIDE)]] : [],
  );

test('the border of a bright half is one line of one pixel', () => {
  const { data } = cannyEdges(
    picture((x) => (x < SIDE / 2 ? 0 : 1)),
    { low: 0.3, high: 0.6 },
  );
  const inner = marked(data).filter(([, y]) => y! > 1 && y! < SIDE - 2);
  expect(new Set(inner.map(([x]) => x)).size).toBe(1);
  expect(inner).toHaveLength(SIDE - 4);
});

test('an even picture has no edges', () => {
  expect(
    marked(
      cannyEdges(
        picture(() => 0.7),
        { low: 0.1, high: 0.2 },
      ).data,
    ),
  ).toEqual([]);
});

test('a faint edge is kept where it hangs together with a strong one, and only there', () => {
  const faint = (x: number, y: number) => (x < 12 ? 0 : y < 12 ? 1 : 0.45);
  const alone = (x: number) => (x < 12 ? 0 : 0.45);
  const thresholds = { low: 0.3, high: 2 };
  const below = (data: Float32Array) => marked(data).filter(([, y]) => y! > 18).length;
  expect(below(cannyEdges(picture(faint), thresholds).data)).toBeGreaterThan(0);
  expect(marked(cannyEdges(picture(alone), thresholds).data)).toEqual([]);
});

/** Drawn by kornia 0.8.3 and 0.9.0 (torch 2.15 on a processor) with these thresholds. */
const BOX = [
  ...Array<string>(8).fill('........................'),
  '........########........',
  '........#......#........',
  '........#......#........',
  '.......#........#.......',
  '.......#........#.......',
  '........#......#........',
  '........#......#........',
  '........###..###........',
  '...........##...........',
  ...Array<string>(7).fill('........................'),
];

test('the edges of a box are whole, and where kornia draws them', () => {
  const inside = (x: number, y: number) => (x >= 8 && x < 16 && y >= 8 && y < 16 ? 1 : 0);
  const rows = edgesAsText(cannyEdges(picture(inside), { low: 0.4, high: 0.8 }).data);
  expect(rows).toEqual(BOX);
});

function edgesAsText(data: Float32Array): string[] {
  return Array.from({ length: SIDE }, (_, y) =>
    [...data.subarray(y * SIDE, (y + 1) * SIDE)].map((value) => (value === 1 ? '#' : '.')).join(''),
  );
}
