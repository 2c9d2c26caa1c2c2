/** Resampling of planes of numbers as `torch.nn.functional.interpolate` does it: nearest-exact, bilinear, bicubic, area. */
import { elements, type FloatTensor } from '../../float-tensor.ts';

const f32 = Math.fround;

/** What a new place is made of: old places and their weights. */
export type Taps = readonly (readonly [place: number, weight: number])[];
type TapsOf = (oldLength: number, newLength: number) => Taps[];

/** Where a new place's middle lies among the old places, in float32 and rounded once (torch's is a fused instruction). */
function middle(place: number, oldLength: number, newLength: number): number {
  return f32(f32(oldLength / newLength) * (place + 0.5) - 0.5);
}

const nearest: TapsOf = (oldLength, newLength) => {
  const scale = f32(oldLength / newLength);
  return Array.from({ length: newLength }, (_, place) => [
    [Math.min(Math.floor(f32((place + 0.5) * scale)), oldLength - 1), 1],
  ]);
};

export const bilinear: TapsOf = (oldLength, newLength) =>
  Array.from({ length: newLength }, (_, place) => {
    const at = Math.max(middle(place, oldLength, newLength), 0);
    const low = Math.min(Math.floor(at), oldLength - 1);
    const share = Math.min(f32(at - low), 1);
    return [
      [low, f32(1 - share)],
      [Math.min(low + 1, oldLength - 1), share],
    ];
  });

const SHARPNESS = -0.75;
/** Keys' cubic kernel, for distances up to 1 and from 1 to 2. */
const near = (x: number) => ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
const far = (x: number) => ((SHARPNESS * x - 5 * SHARPNESS) * x + 8 * SHARPNESS) * x - 4 * SHARPNESS;

const bicubic: TapsOf = (oldLength, newLength) =>
  Array.from({ length: newLength }, (_, place) => {
    const at = middle(place, oldLength, newLength);
    const low = Math.floor(at);
    const share = f32(at - low);
    const within = (index: number) => Math.min(Math.max(index, 0), oldLength - 1);
    return [
      [within(low - 1), far(share + 1)],
      [within(low), near(share)],
      [within(low + 1), near(1 - share)],
      [within(low + 2), far(2 - share)],
    ];
  });

/** The mean of all old places that a new one touches: `adaptive_avg_pool2d`. */
const area: TapsOf = (oldLength, newLength) =>
  Array.from({ length: newLength }, (_, place) => {
    const from = Math.floor((place * oldLength) / newLength);
    const end = Math.ceil(((place + 1) * oldLength) / newLength);
    return Array.from({ length: end - from }, (_, k) => [from + k, 1 / (end - from)] as const);
  });

const METHODS = { 'nearest-exact': nearest, bilinear, bicubic, area } as const;
export type Interpolation = keyof typeof METHODS;

/** @param tensor N x C x H x W; the result has the given width and height. */
export function interpolate(
  tensor: FloatTensor,
  width: number,
  height: number,
  method: Interpolation,
): FloatTensor {
  const [count = 0, channels = 0, oldHeight = 0, oldWidth = 0] = tensor.shape;
  const across = METHODS[method](oldWidth, width);
  const down = METHODS[method](oldHeight, height);
  const shape = [count, channels, height, width];
  const data = new Float32Array(elements(shape));
  const resample = method === 'bilinear' ? atOnce : rowsFirst;
  for (let plane = 0; plane < count * channels; plane++) {
    const old = tensor.data.subarray(plane * oldHeight * oldWidth, (plane + 1) * oldHeight * oldWidth);
    resample(
      old,
      oldWidth,
      data.subarray(plane * height * width, (plane + 1) * height * width),
      down,
      across,
    );
  }
  return { data, shape };
}

type Resample = (
  old: Float32Array,
  oldWidth: number,
  made: Float32Array,
  down: readonly Taps[],
  across: readonly Taps[],
) => void;

/** Rounded at each step as torch rounds it: `DifferentialDiffusion` compares masks with a threshold that they may equal. */
const atOnce: Resample = (old, oldWidth, made, down, across) => {
  let at = 0;
  for (const rows of down)
    for (const columns of across) {
      let total = 0;
      for (const [row, above] of rows)
        for (const [column, beside] of columns)
          total = f32(total + old[row * oldWidth + column]! * f32(above * beside));
      made[at++] = total;
    }
};

const rowsFirst: Resample = (old, oldWidth, made, down, across) => {
  const width = across.length;
  const oldHeight = old.length / oldWidth;
  const rows = new Float32Array(oldHeight * width);
  const sum = (taps: Taps, values: Float32Array, from: number, stride: number) => {
    let total = 0;
    for (const [place, weight] of taps) total += values[from + place * stride]! * weight;
    return total;
  };
  for (let y = 0; y < oldHeight; y++)
    for (let x = 0; x < width; x++) rows[y * width + x] = sum(across[x]!, old, y * oldWidth, 1);
  for (const [y, taps] of down.entries())
    for (let x = 0; x < width; x++) made[y * width + x] = sum(taps, rows, x, width);
};
