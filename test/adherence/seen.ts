/**
 * What the measures look at: a picture at 64 x 64 in Lab, its background, and what stands out from it.
 * `Seen` of models/nano/training/adherence.py.
 */
import type { Pixels } from '../../pipeline/request.ts';
import { COLOURS, WORLD } from './data.ts';
import { difference, lab, least, medianColour, type Triple } from './lab.ts';

export const GRID = 64;
/** Difference from the background at which something is a thing. */
const STANDS_OUT = 20;
/** Cells along the edge that are taken for background. */
const EDGE = 3;
/** Cells: what is smaller is a speck. */
const SPECK = 12;
const CROP = 32;

const PALETTE = COLOURS.map((name) => ({ name, lab: lab(WORLD.palette[name]!) }));

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The bounding square of all pieces, scaled to 32 x 32 cells, row by row. */
export interface Crop {
  readonly mask: readonly boolean[];
  readonly colours: readonly Triple[];
}

export class Seen {
  /** Row by row. */
  readonly cells: readonly Triple[];
  readonly background: Triple;
  readonly mask: readonly boolean[];

  /** @param picture its sides are equal and multiples of 64 */
  constructor(picture: Pixels) {
    const { data } = shrink(picture, GRID);
    this.cells = Array.from({ length: GRID * GRID }, (_, i) =>
      lab([data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!]),
    );
    this.background = medianColour(this.edge());
    this.mask = this.cells.map((cell) => difference(cell, this.background) > STANDS_OUT);
  }

  at(x: number, y: number): Triple {
    return this.cells[y * GRID + x]!;
  }

  /** All cells of the rows `from` up to but not with `to`. */
  rows(from: number, to: number): readonly Triple[] {
    return this.cells.slice(from * GRID, to * GRID);
  }

  /** The cells of things that are nearest to the named colour. */
  things(colour: string): readonly Point[] {
    return this.cells.flatMap((cell, i) =>
      this.mask[i] && nameOf(cell) === colour ? [{ x: i % GRID, y: Math.floor(i / GRID) }] : [],
    );
  }

  /** Connected things (corners connect), the largest first; specks are left out. */
  pieces(): readonly (readonly Point[])[] {
    const left = [...this.mask];
    const found = left.flatMap((_, i) => (left[i] ? [takePiece(left, i)] : []));
    return found.filter(({ length }) => length >= SPECK).toSorted((a, b) => b.length - a.length);
  }

  /** Undefined where there is no piece. */
  crop(): Crop | undefined {
    const points = this.pieces().flat();
    if (points.length === 0) return undefined;
    const [left, right] = ends(points.map(({ x }) => x));
    const [top, bottom] = ends(points.map(({ y }) => y));
    const side = Math.max(bottom - top, right - left) + 1;
    const xs = samples((left + right) / 2, side);
    const ys = samples((top + bottom) / 2, side);
    const inside = (n: number) => n >= 0 && n < GRID;
    const cells = ys.flatMap((y) => xs.map((x) => (inside(x) && inside(y) ? y * GRID + x : undefined)));
    return {
      mask: cells.map((cell) => cell !== undefined && this.mask[cell]!),
      colours: cells.map((cell) => (cell === undefined ? this.background : this.cells[cell]!)),
    };
  }

  /** Corners count twice, as in the original. */
  private edge(): Triple[] {
    const last = GRID - EDGE;
    const isEdge = (n: number) => n < EDGE || n >= last;
    return this.cells.flatMap((cell, i) => [
      ...(isEdge(Math.floor(i / GRID)) ? [cell] : []),
      ...(isEdge(i % GRID) ? [cell] : []),
    ]);
  }
}

/** The palette's name for a Lab colour. */
export function nameOf(colour: Triple): string {
  return least(PALETTE, (one) => difference(colour, one.lab)).name;
}

function takePiece(left: boolean[], start: number): Point[] {
  const stack = [start];
  const points: Point[] = [];
  left[start] = false;
  for (let cell = stack.pop(); cell !== undefined; cell = stack.pop()) {
    const [x, y] = [cell % GRID, Math.floor(cell / GRID)];
    points.push({ x, y });
    for (let ny = Math.max(0, y - 1); ny <= Math.min(GRID - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(GRID - 1, x + 1); nx++) {
        const next = ny * GRID + nx;
        if (!left[next]) continue;
        left[next] = false;
        stack.push(next);
      }
    }
  }
  return points;
}

function ends(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** The cells at the middles of `CROP` equal parts of a length around a middle. */
function samples(middle: number, side: number): number[] {
  return Array.from({ length: CROP }, (_, i) =>
    roundHalfEven(middle + ((i + 0.5) * side) / CROP - side / 2 - 0.5),
  );
}

/** As numpy rounds. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Means of equal squares; rounded after each direction, as Pillow's BOX filter does. */
function shrink({ width, height, data }: Pixels, side: number): Pixels {
  const factor = width / side;
  if (width !== height || !Number.isInteger(factor)) throw new Error(`${width}x${height} is not measured`);
  const across = new Uint8Array(side * height * 3);
  for (let i = 0; i < across.length; i++) {
    const [row, rest] = [Math.floor(i / (side * 3)), i % (side * 3)];
    across[i] = mean(data, row * width * 3 + Math.floor(rest / 3) * factor * 3 + (rest % 3), 3, factor);
  }
  const down = new Uint8Array(side * side * 3);
  for (let i = 0; i < down.length; i++) {
    const [row, rest] = [Math.floor(i / (side * 3)), i % (side * 3)];
    down[i] = mean(across, row * factor * side * 3 + rest, side * 3, factor);
  }
  return { width: side, height: side, data: down };
}

function mean(data: Uint8Array, from: number, stride: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += data[from + i * stride]!;
  return Math.floor(sum / count + 0.5);
}
