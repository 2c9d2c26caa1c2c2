/** What the diffusion transformer's graph is fed with, formed from latents, sigmas and the text's encoding. */
import { elements, type FloatTensor } from '../float-tensor.ts';
import type { MmditGeometry } from '../weights/geometry.ts';

/** Rows and columns, in patches, of the part of the square position table that a picture takes. */
export interface PositionCrop {
  readonly start: readonly [row: number, column: number];
  readonly end: readonly [row: number, column: number];
}

/** The centre of the table (`cropped_pos_embed` of the reference): top = (max - rows) floor 2, left likewise. */
export function positionCrop(tableSide: number, rows: number, columns: number): PositionCrop {
  const top = Math.floor((tableSide - rows) / 2);
  const left = Math.floor((tableSide - columns) / 2);
  return { start: [top, left], end: [top + rows, left + columns] };
}

/**
 * What the graph is told about positions: where to cut its table, or, for a file without one, the positions themselves
 * (`positions` [1, rows * columns, hiddenSize]).
 */
export function positionFeeds(
  { posEmbedMaxSize, positionsComputed, hiddenSize }: MmditGeometry,
  rows: number,
  columns: number,
) {
  if (positionsComputed) return { positions: computedPositions(hiddenSize, rows, columns) };
  const { start, end } = positionCrop(posEmbedMaxSize, rows, columns);
  const places = (corner: readonly [number, number]) => ({
    data: BigInt64Array.from(corner, BigInt),
    shape: [2],
  });
  return { pos_start: places(start), pos_end: places(end) };
}

/** Where the middle of a picture lies, and how far its shorter side reaches from there. */
const CENTRE = 7.5;
const REACH = 7.5;

/**
 * ComfyUI's `get_2d_sincos_pos_embed_torch`: sines and cosines of the column, then of the row, of places between 0 and 15
 * along the shorter side.
 */
function computedPositions(hiddenSize: number, rows: number, columns: number): FloatTensor {
  const f = Math.fround;
  const half = hiddenSize / 2;
  const quarter = half / 2;
  const shorter = Math.min(rows, columns);
  const place = (i: number, count: number) => {
    const reach = (count / shorter) * REACH;
    return f(count === 1 ? CENTRE - reach : CENTRE - reach + (2 * reach * i) / (count - 1));
  };
  const omega = Float32Array.from({ length: quarter }, (_, i) => 1 / f(10_000 ** f(i / quarter)));
  const data = new Float32Array(rows * columns * hiddenSize);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * hiddenSize;
      for (const [side, value] of [place(column, columns), place(row, rows)].entries())
        for (let i = 0; i < quarter; i++) {
          const angle = f(value * omega[i]!);
          data[at + side * half + i] = Math.sin(angle);
          data[at + side * half + quarter + i] = Math.cos(angle);
        }
    }
  return { data, shape: [1, rows * columns, hiddenSize] };
}

const MAX_PERIOD = 10_000;

/**
 * The reference's `timestep_embedding`: [timesteps, size], cosines first, then sines, every step in float32 (the
 * product in float64 would move values by 4e-5 near timestep 1000).
 *
 * @param timesteps 1000 * sigma, not rounded to whole numbers.
 * @param size even; 256 in every official model.
 */
export function timestepFrequencies(timesteps: ArrayLike<number>, size: number): FloatTensor {
  const f = Math.fround;
  const half = size / 2;
  const data = new Float32Array(timesteps.length * size);
  for (let j = 0; j < half; j++) {
    const frequency = f(Math.exp(f(f(f(-Math.log(MAX_PERIOD)) * j) / half)));
    for (let i = 0; i < timesteps.length; i++) {
      const angle = f(f(timesteps[i]!) * frequency);
      data[i * size + j] = Math.cos(angle);
      data[i * size + half + j] = Math.sin(angle);
    }
  }
  return { data, shape: [timesteps.length, size] };
}

/** SD3's `model_sampling.timestep`: 1000 * sigma in float32. */
export function timestepOf(sigma: number): number {
  return Math.fround(Math.fround(sigma) * 1000);
}

/** A tensor of batch 1 repeated to `batch` (ComfyUI's `repeat_to_batch_size`); one of that batch as it is. */
export function repeatToBatch(tensor: FloatTensor, batch: number): FloatTensor {
  const [own = 1, ...rest] = tensor.shape;
  if (own === batch) return tensor;
  const size = elements(rest);
  const data = new Float32Array(batch * size);
  for (let i = 0; i < batch; i++) {
    const from = (i % own) * size;
    data.set(tensor.data.subarray(from, from + size), i * size);
  }
  return { data, shape: [batch, ...rest] };
}

/** A latent whose sides are no multiples of the patch goes on at its other end: torch's circular padding (`pad_to_patch_size`). */
export function padToPatches(latent: FloatTensor, patch: number): FloatTensor {
  const [batch, channels, height, width] = latent.shape as [number, number, number, number];
  const whole = (side: number) => Math.ceil(side / patch) * patch;
  const [newHeight, newWidth] = [whole(height), whole(width)];
  if (newHeight === height && newWidth === width) return latent;
  return rearranged(latent, [batch, channels, newHeight, newWidth]);
}

/** The upper left part of that shape. */
export function cropTo(latent: FloatTensor, shape: readonly number[]): FloatTensor {
  return `${latent.shape}` === `${shape}` ? latent : rearranged(latent, shape);
}

/** Rows and columns from the first on, beginning anew where they end. */
function rearranged({ data, shape }: FloatTensor, wanted: readonly number[]): FloatTensor {
  const [, , oldHeight, oldWidth] = shape as [number, number, number, number];
  const [batch, channels, height, width] = wanted as [number, number, number, number];
  const result = new Float32Array(batch * channels * height * width);
  for (let plane = 0, at = 0; plane < batch * channels; plane++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        result[at++] = data[(plane * oldHeight + (y % oldHeight)) * oldWidth + (x % oldWidth)]!;
  return { data: result, shape: wanted };
}
