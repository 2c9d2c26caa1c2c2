/**
 * Canny's edges of a picture, for ControlNets: grey, smoothed, its slopes thinned to lines, and of those what is strong or
 * hangs together with it. As kornia's `canny`, which ComfyUI's node calls, does it.
 */
import type { FloatTensor } from '../float-tensor.ts';

/** Weights of red, green and blue in grey. */
const GREY = [0.299, 0.587, 0.114] as const;
/** Gauss's curve of sigma 1 at -2 .. 2, the sum being 1. */
const SMOOTH = (() => {
  const raw = [-2, -1, 0, 1, 2].map((x) => Math.exp((-x * x) / 2));
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
})();
const EPSILON = 1e-6;
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
    (_, p) => GREY[0] * planes[p]! + GREY[1] * planes[area + p]! + GREY[2] * planes[2 * area + p]!,
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
      const [dx, dy] = NEIGHBOURS[direction[y * width + x]!]!;
      // A line is where the slope is steeper than on both of its sides.
      if (!(here > at(x + dx, y + dy) && here > at(x - dx, y - dy))) continue;
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
      sum += SMOOTH[k + 2]! * from[place + (mirrored(index + k, length) - index) * step]!;
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
      const [nw, n, ne] = [at(x - 1, y - 1), at(x, y - 1), at(x + 1, y - 1)];
      const [sw, s, se] = [at(x - 1, y + 1), at(x, y + 1), at(x + 1, y + 1)];
      const dx = ne + 2 * at(x + 1, y) + se - (nw + 2 * at(x - 1, y) + sw);
      const dy = sw + 2 * s + se - (nw + 2 * n + ne);
      const place = y * width + x;
      strength[place] = Math.sqrt(dx * dx + dy * dy + EPSILON);
      direction[place] = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) + 8) % 8;
    }
  }
  return { strength, direction };
}
