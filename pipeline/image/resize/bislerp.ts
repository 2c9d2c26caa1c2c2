/** ComfyUI's `bislerp`: neighbouring latent pixels are turned into each other, channels as one vector, instead of being averaged. */
import { elements, type FloatTensor } from '../../float-tensor.ts';
import { bilinear, type Taps } from './interpolate.ts';

const f32 = Math.fround;

/** For each new place: two old ones, and how far it lies from the first to the second. */
interface Between {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** The places are themselves interpolated in float32, as in the original, and cut off. */
function betweens(oldLength: number, newLength: number): Between[] {
  const interpolated = (taps: Taps, value: (place: number) => number) =>
    f32(taps.reduce((sum, [place, weight]) => f32(sum + f32(value(place) * weight)), 0));
  return bilinear(oldLength, newLength).map((taps) => {
    const at = interpolated(taps, (place) => place);
    const after = interpolated(taps, (place) => Math.min(place + 1, oldLength - 1));
    const first = Math.floor(at);
    return { first, second: Math.floor(after), share: f32(at - first) };
  });
}

/** Writes the mixture of two vectors, `length` values a `stride` apart, into `into`. */
function slerp(
  values: Float32Array,
  from: number,
  to: number,
  share: number,
  into: Float32Array,
  at: number,
  length: number,
  [stride, strideInto]: readonly [number, number],
): void {
  let square1 = 0;
  let square2 = 0;
  let product = 0;
  for (let c = 0; c < length; c++) {
    const a = values[from + c * stride]!;
    const b = values[to + c * stride]!;
    square1 += a * a;
    square2 += b * b;
    product += a * b;
  }
  const [norm1, norm2] = [Math.sqrt(square1), Math.sqrt(square2)];
  const dot = norm1 === 0 || norm2 === 0 ? 0 : product / (norm1 * norm2);
  let [weight1, weight2] = [1 - share, share];
  if (dot > 1 - 1e-5) {
    [weight1, weight2] = [1, 0];
  } else if (dot >= 1e-5 - 1) {
    const angle = Math.acos(dot);
    const length = norm1 * (1 - share) + norm2 * share;
    weight1 = norm1 === 0 ? 0 : (Math.sin((1 - share) * angle) / Math.sin(angle)) * (length / norm1);
    weight2 = norm2 === 0 ? 0 : (Math.sin(share * angle) / Math.sin(angle)) * (length / norm2);
  }
  for (let c = 0; c < length; c++)
    into[at + c * strideInto] = weight1 * values[from + c * stride]! + weight2 * values[to + c * stride]!;
}

/** @param tensor N x C x H x W; the result has the given width and height. */
export function bislerp(tensor: FloatTensor, width: number, height: number): FloatTensor {
  const [count = 0, channels = 0, oldHeight = 0, oldWidth = 0] = tensor.shape;
  const wide = new Float32Array(count * channels * oldHeight * width);
  const shape = [count, channels, height, width];
  const data = new Float32Array(elements(shape));
  const across = betweens(oldWidth, width);
  const down = betweens(oldHeight, height);
  const strides = [oldHeight * oldWidth, oldHeight * width, height * width] as const;
  for (let n = 0; n < count; n++) {
    const start = strides.map((stride) => n * channels * stride) as [number, number, number];
    for (let y = 0; y < oldHeight; y++) {
      const row = start[0] + y * oldWidth;
      for (const [x, { first, second, share }] of across.entries()) {
        const to = start[1] + y * width + x;
        slerp(tensor.data, row + first, row + second, share, wide, to, channels, [strides[0], strides[1]]);
      }
    }
    for (const [y, { first, second, share }] of down.entries()) {
      for (let x = 0; x < width; x++) {
        const [from, other] = [start[1] + first * width + x, start[1] + second * width + x];
        const to = start[2] + y * width + x;
        slerp(wide, from, other, share, data, to, channels, [strides[1], strides[2]]);
      }
    }
  }
  return { data, shape };
}
