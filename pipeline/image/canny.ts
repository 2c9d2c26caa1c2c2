/** Edges of a picture: Canny's detector as ComfyUI's `Canny` node has it (kornia's `canny`: blur 5 x 5, sigma 1; Sobel; hysteresis). */
import type { FloatTensor } from '../float-tensor.ts';

const f32 = Math.fround;
/** Parts of red, green and blue in grey. */
const GREY = [0.299, 0.587, 0.114] as const;
const BLUR = gaussian(5, 1);
/** Keeps the root of the gradient's square away from 0. */
const EPSILON = 1e-6;
/** Neighbours by the gradient's direction in eighths of a turn, 0 to the right, then clockwise (y grows downwards). */
const NEIGHBOURS = [
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
] as const;

/**
 * @param image [n, 3, height, width], 0..1
 * @param low @param high gradients: below `low` is no edge, above `high` is one, between them is one where it touches one
 * @returns [n, 3, height, width]: 1 on edges, else 0
 */
export function canny({ data, shape }: FloatTensor, low: number, high: number): FloatTensor {
  const [n, channels, height, width] = shape as [number, number, number, number];
  const area = height * width;
  const result = new Float32Array(n * 3 * area);
  for (let i = 0; i < n; i++) {
    const colours = data.subarray(i * channels * area, (i + 1) * channels * area);
    const edges = edgesOf(grey(colours, area), height, width, low, high);
    for (let c = 0; c < 3; c++) result.set(edges, (i * 3 + c) * area);
  }
  return { data: result, shape: [n, 3, height, width] };
}

function grey(colours: Float32Array, area: number): Float32Array {
  return Float32Array.from({ length: area }, (_, p) =>
    GREY.reduce((sum, part, c) => sum + part * colours[c * area + p]!, 0),
  );
}

function edgesOf(
  picture: Float32Array,
  height: number,
  width: number,
  low: number,
  high: number,
): Float32Array {
  const { magnitude, direction } = gradient(blurred(picture, height, width), height, width);
  const edges = new Float32Array(picture.length);
  const strong: number[] = [];
  for (let p = 0; p < edges.length; p++) {
    if (!isRidge(magnitude, direction[p]!, p, height, width)) continue;
    if (magnitude[p]! > f32(high)) strong.push(p);
    else if (magnitude[p]! > f32(low)) edges[p] = 0.5;
  }
  // From every certain edge along the uncertain ones that touch it.
  for (const p of strong) edges[p] = 1;
  for (let p = strong.pop(); p !== undefined; p = strong.pop()) {
    for (const [dy, dx] of NEIGHBOURS) {
      const at = neighbour(p, dy, dx, height, width);
      if (at === undefined || edges[at] !== 0.5) continue;
      edges[at] = 1;
      strong.push(at);
    }
  }
  return edges.map((value) => (value === 1 ? 1 : 0));
}

/** Larger than both neighbours along the gradient; beyond the border is 0. */
function isRidge(
  magnitude: Float32Array,
  direction: number,
  p: number,
  height: number,
  width: number,
): boolean {
  return [direction, (direction + 4) % 8].every((one) => {
    const [dy, dx] = NEIGHBOURS[one]!;
    const at = neighbour(p, dy, dx, height, width);
    return magnitude[p]! - (at === undefined ? 0 : magnitude[at]!) > 0;
  });
}

function neighbour(p: number, dy: number, dx: number, height: number, width: number): number | undefined {
  const y = Math.floor(p / width) + dy;
  const x = (p % width) + dx;
  return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : undefined;
}

/** Borders are mirrored without the border pixel itself. */
function blurred(picture: Float32Array, height: number, width: number): Float32Array {
  const mirror = (at: number, length: number) => {
    const last = length - 1;
    if (last === 0) return 0;
    const place = Math.abs(at) % (2 * last);
    return place > last ? 2 * last - place : place;
  };
  const reach = (BLUR.length - 1) / 2;
  const along = (values: Float32Array, of: (y: number, x: number, k: number) => number) =>
    Float32Array.from(values, (_, p) => {
      const [y, x] = [Math.floor(p / width), p % width];
      return BLUR.reduce((sum, weight, k) => sum + weight * values[of(y, x, k - reach)]!, 0);
    });
  const across = along(picture, (y, x, k) => y * width + mirror(x + k, width));
  return along(across, (y, x, k) => mirror(y + k, height) * width + x);
}

/** Sobel's; borders go on as they are. */
function gradient(picture: Float32Array, height: number, width: number) {
  const magnitude = new Float32Array(picture.length);
  const direction = new Uint8Array(picture.length);
  const at = (y: number, x: number) =>
    picture[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)]!;
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const column = (dx: number) => at(y - 1, x + dx) + 2 * at(y, x + dx) + at(y + 1, x + dx);
      const row = (dy: number) => at(y + dy, x - 1) + 2 * at(y + dy, x) + at(y + dy, x + 1);
      const gx = f32(column(1) - column(-1));
      const gy = f32(row(1) - row(-1));
      magnitude[p] = Math.sqrt(gx * gx + gy * gy + EPSILON);
      direction[p] = (Math.round((4 * Math.atan2(gy, gx)) / Math.PI) + 8) % 8;
    }
  }
  return { magnitude, direction };
}

function gaussian(size: number, sigma: number): readonly number[] {
  const weights = Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
