/**
 * Canny's edges of a picture, for ControlNets: grey, smoothed, its slopes thinned to lines, and of those what is strong or
 * hangs together with it. As kornia's `canny`, which ComfyUI's node calls, does it, and rounded to float32 where it rounds:
 * across a drawing's straight step two slopes are equal but for that, and the steeper one is the edge.
 */
import type { FloatTensor } from '../float-tensor.ts';

const f32 = Math.fround;

/** Weights of red, green and blue in grey. */
const GREY = [0.299, 0.587, 0.114] as const;
/** Gauss's curve of sigma 1 at -2 .. 2, the sum being 1. */
const SMOOTH = (() => {
  const raw = [-2, -1, 0, 1, 2].map((x) => f32(Math.exp((-x * x) / 2)));
  const sum = raw.reduce((total, value) => f32(total + value), 0);
  return raw.map((value) => f32(value / sum));
})();
/** Sobel's weights of a place's eight neighbours and itself, row by row. */
const ACROSS = [-1, 0, 1, -2, 0, 2, -1, 0, 1] as const;
const DOWN = [-1, -2, -1, 0, 0, 0, 1, 2, 1] as const;
const EPSILON = f32(1e-6);
/** Neighbours by direction in steps of 45 degrees, from the right over below: [x, y]. */
const NEIGHBOURS = [
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
  [0, -1],
  [1, -1],
] as const;

/** To the right and below, as steep is steep enough (kornia since 0.9, OpenCV): of two equal places one is the edge. */
const TIES: ReadonlySet<number> = new Set([0, 2]);

export interface CannyThresholds {
  /** Slopes above `high` are edges; those above `low` where they touch an edge. 0 < low <= high. */
  readonly low: number;
  readonly high: number;
}

/** @param picture N x 3 x H x W of 0..1; the result has the same shape, every value 0 or 1. */
export function cannyEdges({ data, shape }: FloatTensor, thresholds: CannyThresholds): FloatTensor {
  const [count = 0, channels = 0, height = 0, width = 0] = shape;
  const area = height * width;
  const edges = new Float32Array(data.length);
  for (let n = 0; n < count; n++) {
    const planes = data.subarray(n * channels * area, (n + 1) * channels * area);
    const found = edgesOfOne(greyOf(planes, area), width, height, thresholds);
    for (let c = 0; c < channels; c++) edges.set(found, (n * channels + c) * area);
  }
  return { data: edges, shape };
}

function greyOf(planes: Float32Array, area: number): Float32Array {
  return Float32Array.from(
    { length: area },
    (_, p) =>
      f32(f32(f32(GREY[0]) * planes[p]!) + f32(f32(GREY[1]) * planes[area + p]!)) +
      f32(f32(GREY[2]) * planes[2 * area + p]!),
  );
}

function edgesOfOne(
  grey: Float32Array,
  width: number,
  height: number,
  { low, high }: CannyThresholds,
): Float32Array {
  const { strength, direction } = slopes(smoothed(grey, width, height), width, height);
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : strength[y * width + x]!;
  const marks = new Uint8Array(width * height);
  const strong: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = at(x, y);
      if (!(here > low)) continue;
      const ahead = direction[y * width + x]!;
      const steeper = (towards: number) => {
        const [dx, dy] = NEIGHBOURS[towards]!;
        const there = at(x + dx, y + dy);
        return here > there || (here === there && TIES.has(towards));
      };
      // A line is where the slope is steeper than on both of its sides.
      if (!(steeper(ahead) && steeper((ahead + 4) % 8))) continue;
      const isStrong = here > high;
      marks[y * width + x] = isStrong ? STRONG : WEAK;
      if (isStrong) strong.push(y * width + x);
    }
  }
  for (let place = strong.pop(); place !== undefined; place = strong.pop()) {
    const [x, y] = [place % width, Math.floor(place / width)];
    for (const [dx, dy] of NEIGHBOURS) {
      const [nx, ny] = [x + dx, y + dy];
      if (nx < 0 || ny < 0 || nx >= width || ny >= height || marks[ny * width + nx] !== WEAK) continue;
      marks[ny * width + nx] = STRONG;
      strong.push(ny * width + nx);
    }
  }
  return Float32Array.from(marks, (mark) => (mark === STRONG ? 1 : 0));
}

const WEAK = 1;
const STRONG = 2;

/** Gauss's smoothing over 5 by 5; the picture goes on mirrored beyond its border. */
function smoothed(grey: Float32Array, width: number, height: number): Float32Array {
  const along = (from: Float32Array, length: number, step: number, place: number, index: number) => {
    let sum = 0;
    for (let k = -2; k <= 2; k++)
      sum = f32(sum + f32(SMOOTH[k + 2]! * from[place + (mirrored(index + k, length) - index) * step]!));
    return sum;
  };
  const rows = grey.map((_, p) => along(grey, width, 1, p, p % width));
  return rows.map((_, p) => along(rows, height, width, p, Math.floor(p / width)));
}

function mirrored(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}

/** Sobel's slopes, not normalised: their length, and their direction in steps of 45 degrees from the right over below. */
function slopes(smooth: Float32Array, width: number, height: number) {
  const strength = new Float32Array(width * height);
  const direction = new Uint8Array(width * height);
  const at = (x: number, y: number) =>
    smooth[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [dx, dy] = [0, 0];
      for (let k = 0; k < 9; k++) {
        const value = at(x + (k % 3) - 1, y + Math.floor(k / 3) - 1);
        dx = f32(dx + ACROSS[k]! * value);
        dy = f32(dy + DOWN[k]! * value);
      }
      const place = y * width + x;
      strength[place] = Math.sqrt(f32(f32(f32(dx * dx) + f32(dy * dy)) + EPSILON));
      direction[place] = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) + 8) % 8;
    }
  }
  return { strength, direction };
}
