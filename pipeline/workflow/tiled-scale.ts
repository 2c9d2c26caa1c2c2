/** A picture or latent put through a network tile by tile: ComfyUI's `tiled_scale_multidim` (`comfy/utils.py`) in two dimensions. */
import { elements, type FloatTensor } from '../float-tensor.ts';
import { cutOut } from '../image/resize/common-upscale.ts';
import { isOutOfMemory } from '../runtime/out-of-memory.ts';

export interface Tiling {
  /** Sides of a tile and how far neighbours lie over each other, in places of the input. */
  readonly width: number;
  readonly height: number;
  readonly overlap: number;
  /** Places of the output for one of the input. */
  readonly scale: number;
}

/**
 * Each picture of a batch by itself. Where tiles lie over each other they fade into one another.
 * @param tensor [n, c, h, w] @param run one tile [1, c, h, w] to [1, C, h * scale, w * scale]
 */
export async function tiledScale(
  tensor: FloatTensor,
  run: (tile: FloatTensor) => Promise<FloatTensor>,
  tiling: Tiling,
): Promise<FloatTensor> {
  const [n = 0, , height = 0, width = 0] = tensor.shape;
  const size = elements(tensor.shape.slice(1));
  const pictures: FloatTensor[] = [];
  for (let i = 0; i < n; i++) {
    const shape = [1, ...tensor.shape.slice(1)];
    const one = { data: tensor.data.subarray(i * size, (i + 1) * size), shape };
    const fits = width <= tiling.width && height <= tiling.height;
    pictures.push(fits ? await run(one) : await onePicture(one, run, tiling));
  }
  const data = new Float32Array(pictures.reduce((sum, picture) => sum + picture.data.length, 0));
  let at = 0;
  for (const picture of pictures) {
    data.set(picture.data, at);
    at += picture.data.length;
  }
  return { data, shape: [n, ...pictures[0]!.shape.slice(1)] };
}

async function onePicture(
  one: FloatTensor,
  run: (tile: FloatTensor) => Promise<FloatTensor>,
  { width, height, overlap, scale }: Tiling,
): Promise<FloatTensor> {
  const [, , rows = 0, columns = 0] = one.shape;
  const [newRows, newColumns] = [Math.round(rows * scale), Math.round(columns * scale)];
  const weights = new Float32Array(newRows * newColumns);
  let sum: Float32Array | undefined;
  let channels = 0;
  for (const top of places(rows, height, overlap)) {
    for (const left of places(columns, width, overlap)) {
      const region = {
        left,
        top,
        width: Math.min(width, columns - left),
        height: Math.min(height, rows - top),
      };
      const made = await run(cutOut(one, region));
      const [, own = 0, tileRows = 0, tileColumns = 0] = made.shape;
      channels = own;
      sum ??= new Float32Array(channels * newRows * newColumns);
      const feather = Math.round(overlap * scale);
      const [down, across] = [fade(tileRows, feather), fade(tileColumns, feather)];
      const [y0, x0] = [Math.round(top * scale), Math.round(left * scale)];
      for (let y = 0; y < tileRows; y++) {
        for (let x = 0; x < tileColumns; x++) {
          const weight = Math.fround(down[y]! * across[x]!);
          const place = (y0 + y) * newColumns + x0 + x;
          weights[place]! += weight;
          for (let c = 0; c < channels; c++)
            sum[c * weights.length + place]! += made.data[(c * tileRows + y) * tileColumns + x]! * weight;
        }
      }
    }
  }
  const data = sum!.map((value, i) => value / weights[i % weights.length]!);
  return { data, shape: [1, channels, newRows, newColumns] };
}

/** Where tiles begin; the last one may be shorter. */
function places(length: number, tile: number, overlap: number): number[] {
  if (length <= tile) return [0];
  const found: number[] = [];
  for (let at = 0; at < length - overlap; at += tile - overlap) found.push(at);
  return found;
}

/** Rises from both ends over `feather` places; a tile that is no longer than that does not fade. */
function fade(length: number, feather: number): Float32Array {
  const factors = new Float32Array(length).fill(1);
  if (feather >= length) return factors;
  for (let t = 0; t < feather; t++) {
    const share = (t + 1) / feather;
    factors[t]! *= share;
    factors[length - 1 - t]! *= share;
  }
  return factors;
}

/** The mean of three ways to lay tiles: square, flat and upright ones (`decode_tiled_`, `encode_tiled_` of `comfy/sd.py`). */
export async function threeTilings(
  tensor: FloatTensor,
  run: (tile: FloatTensor) => Promise<FloatTensor>,
  { width, height, ...rest }: Tiling,
): Promise<FloatTensor> {
  const upright = await tiledScale(tensor, run, {
    width: Math.floor(width / 2),
    height: height * 2,
    ...rest,
  });
  const flat = await tiledScale(tensor, run, { width: width * 2, height: Math.floor(height / 2), ...rest });
  const square = await tiledScale(tensor, run, { width, height, ...rest });
  const data = upright.data.map(
    (value, i) => Math.fround(Math.fround(value + flat.data[i]!) + square.data[i]!) / 3,
  );
  return { data, shape: square.shape };
}

/** ComfyUI's limit, so that even half a tile is more than what lies over its neighbours. */
export function overlapOf(overlap: number, tile: number): number {
  return tile < overlap * 4 ? Math.floor(tile / 4) : overlap;
}

/** All at once, or in tiles where the memory does not suffice for that, as ComfyUI does. */
export async function wholeOrTiles(
  tensor: FloatTensor,
  run: (part: FloatTensor) => Promise<FloatTensor>,
  tiling: Tiling,
): Promise<FloatTensor> {
  const [, , height = 0, width = 0] = tensor.shape;
  try {
    return await run(tensor);
  } catch (error) {
    const isOneTile = width <= tiling.width && height <= tiling.height;
    if (isOneTile || !isOutOfMemory(error)) throw error;
    return threeTilings(tensor, run, tiling);
  }
}
