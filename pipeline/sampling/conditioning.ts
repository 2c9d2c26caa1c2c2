/**
 * What a picture is conditioned on: a list of entries, each with the part of the schedule, the strength and the
 * place in the picture for which it holds, as ComfyUI's sampler sees them.
 */
import { Fault } from '../../config/faults.ts';
import { LATENT_PIXELS } from '../latent-pixels.ts';
import { roundHalfToEven } from '../round-half-to-even.ts';
import { Flow } from './flow.ts';
import { type Mask, resizeMask } from './mask.ts';

/** Pixels of the latent, or fractions of its sides. */
export interface Area {
  readonly unit: 'latent' | 'fraction';
  readonly height: number;
  readonly width: number;
  readonly y: number;
  readonly x: number;
}

/** The limits of an entry; without any it holds everywhere, always, with strength 1. */
export interface Limits {
  /** Parts of the schedule, 0 (noise) to 1 (picture). */
  readonly start?: number;
  readonly end?: number;
  readonly strength?: number;
  readonly area?: Area;
  readonly mask?: {
    readonly mask: Mask;
    readonly strength: number;
    /** The network sees only the rectangle around the mask. */
    readonly bounds: boolean;
  };
}

export interface Limited<C> extends Limits {
  readonly conditioning: C;
}

/** Rectangle in latent pixels. */
export interface Box {
  readonly height: number;
  readonly width: number;
  readonly y: number;
  readonly x: number;
}

/** An entry whose limits are in the sampler's own terms: sigmas of the model that samples, pixels of its latent. */
export interface Region<C> {
  readonly conditioning: C;
  /** It is run while low <= sigma <= high. */
  readonly high: number;
  readonly low: number;
  readonly strength: number;
  readonly box?: Box;
  /** Strength of the mask included; height and width of the latent. */
  readonly mask?: Mask;
}

/** A conditioning without limits. */
export function everywhere<C>(conditioning: C): Region<C> {
  return { conditioning, high: Infinity, low: -Infinity, strength: 1 };
}

/** Smallest sides of the rectangle around a mask, in latent pixels. */
const SMALLEST_BOX = 8;

/**
 * The entries in the sampler's terms. Where an entry of one side holds for a rectangle only, the other side gets one for
 * the same rectangle, since guidance compares the two there.
 *
 * Source: `process_conds` in ComfyUI's `comfy/samplers.py`: `resolve_areas_and_cond_masks`,
 * `calculate_start_end_timesteps`, `create_cond_with_same_area_if_none`.
 *
 * @param shift of the model that samples
 * @param latent its sides in latent pixels
 * @throws Fault `workflow.area` where a rectangle begins outside it
 */
export function placeConditioning<C>(
  sides: { readonly positive: readonly Limited<C>[]; readonly negative: readonly Limited<C>[] },
  shift: number,
  latent: { readonly height: number; readonly width: number },
): { positive: Region<C>[]; negative: Region<C>[] } {
  const flow = new Flow(shift);
  const place = (entry: Limited<C>): Region<C> => {
    const mask = entry.mask && resizeMask(entry.mask.mask, latent.height, latent.width);
    const box = entry.mask?.bounds && mask ? boxAround(mask) : entry.area && boxOf(entry.area, latent);
    if (box) requireInside(box, latent);
    return {
      conditioning: entry.conditioning,
      // Sigmas are float32 in the reference, and so the bounds that they are compared with.
      high: entry.start === undefined ? Infinity : Math.fround(flow.percentToSigma(entry.start)),
      low: entry.end === undefined ? -Infinity : Math.fround(flow.percentToSigma(entry.end)),
      strength: entry.strength ?? 1,
      ...(box && { box }),
      ...(mask && { mask: scaledMask(mask, entry.mask!.strength) }),
    };
  };
  const positive = sides.positive.map(place);
  const negative = sides.negative.map(place);
  // In the reference each loop sees what the one before it has added.
  for (const region of [...positive]) giveSameBox(negative, region);
  for (const region of [...negative]) giveSameBox(positive, region);
  return { positive, negative };
}

/** Nothing of a rectangle that begins beyond the latent could be looked at; ComfyUI ends there, too. */
function requireInside({ x, y }: Box, { width, height }: Pick<Box, 'width' | 'height'>): void {
  if (x < width && y < height) return;
  const pixels = (sides: number) => sides * LATENT_PIXELS;
  throw new Fault('workflow.area', {
    x: pixels(x),
    y: pixels(y),
    width: pixels(width),
    height: pixels(height),
  });
}

function boxOf({ unit, height, width, y, x }: Area, latent: { height: number; width: number }): Box {
  if (unit === 'latent') return { height, width, y, x };
  return {
    height: Math.max(1, roundHalfToEven(height * latent.height)),
    width: Math.max(1, roundHalfToEven(width * latent.width)),
    y: roundHalfToEven(y * latent.height),
    x: roundHalfToEven(x * latent.width),
  };
}

/** The rectangle around everything that is not 0 (`get_mask_aabb`). */
function boxAround({ data, shape: [n, height, width] }: Mask): Box {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let i = 0; i < n * height * width; i++) {
    if (data[i] === 0) continue;
    const y = Math.floor(i / width) % height;
    const x = i % width;
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    left = Math.min(left, x);
    right = Math.max(right, x);
  }
  if (bottom < 0) return { height: SMALLEST_BOX, width: SMALLEST_BOX, y: 0, x: 0 };
  return {
    height: Math.max(SMALLEST_BOX, bottom - top + 1),
    width: Math.max(SMALLEST_BOX, right - left + 1),
    y: top,
    x: left,
  };
}

function scaledMask(mask: Mask, strength: number): Mask {
  return strength === 1 ? mask : { ...mask, data: mask.data.map((value) => value * strength) };
}

/** Adds to `others` a copy of `region` with the words of the smallest of them that covers it. */
function giveSameBox<C>(others: Region<C>[], region: Region<C>): void {
  const { box } = region;
  if (box === undefined) return;
  let smallest: Region<C> | undefined;
  for (const other of others) {
    if (other.box === undefined) smallest ??= other;
    else if (isInside(box, other.box)) {
      if (smallest?.box === undefined || areaOf(smallest.box) > areaOf(other.box)) smallest = other;
    }
  }
  if (smallest === undefined || (smallest.box && isSame(smallest.box, box))) return;
  others.push({ ...region, conditioning: smallest.conditioning });
}

function isInside(a: Box, b: Box): boolean {
  return a.y >= b.y && a.x >= b.x && a.y + a.height <= b.y + b.height && a.x + a.width <= b.x + b.width;
}

function isSame(a: Box, b: Box): boolean {
  return a.y === b.y && a.x === b.x && a.height === b.height && a.width === b.width;
}

function areaOf({ height, width }: Box): number {
  return height * width;
}
