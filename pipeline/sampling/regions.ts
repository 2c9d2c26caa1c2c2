/**
 * Several entries of conditioning at once: each is run on its part of the latent, and what they see is averaged,
 * weighted by strength and mask. Source: `calc_cond_batch` and `get_area_and_mult` in ComfyUI's `comfy/samplers.py`.
 */
import type { FloatTensor } from '../float-tensor.ts';
import type { Box, Region } from './conditioning.ts';

/** A part of the latent batch, to be looked at under one conditioning. */
export interface RegionPart<C> {
  readonly x: FloatTensor;
  readonly conditioning: C;
}

/** What has to be looked at, and what all of that is together. */
export interface RegionPlan<C> {
  readonly parts: readonly RegionPart<C>[];
  /** @param seen the picture that the network sees in each part. @returns one of the whole latent; may be one of them */
  average(seen: readonly Float32Array[]): Float32Array;
}

/** Latent pixels over which the border of a rectangle fades in. */
const FADE = 8;
/** What the sum of weights starts from, so that a place that nobody looks at is 0. */
const NOTHING = 1e-37;

/** Zeros where no entry is active. */
export function planRegions<C>(x: FloatTensor, sigma: number, regions: readonly Region<C>[]): RegionPlan<C> {
  const active = regions.filter(({ low, high }) => sigma >= low && sigma <= high);
  const [only, second] = active;
  const isWhole = only && !second && only.box === undefined && only.mask === undefined && only.strength > 0;
  const [, , height, width] = x.shape as [number, number, number, number];
  return {
    parts: active.map(({ box, conditioning }) => ({
      x: box ? cutOut(x, within(box, height, width)) : x,
      conditioning,
    })),
    average: (seen) => (isWhole ? seen[0]! : weighted(x, active, seen)),
  };
}

function weighted<C>(
  x: FloatTensor,
  regions: readonly Region<C>[],
  pictures: readonly Float32Array[],
): Float32Array {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const sum = new Float32Array(x.data.length);
  const weights = new Float32Array(x.data.length).fill(NOTHING);
  for (const [index, region] of regions.entries()) {
    const box = within(region.box, height, width);
    const seen = pictures[index]!;
    const weight = weightsOf(region, box, batch, height, width);
    const area = box.height * box.width;
    for (let plane = 0; plane < batch * channels; plane++) {
      const own = Math.floor(plane / channels) * area;
      for (let i = 0; i < area; i++) {
        const row = box.y + Math.floor(i / box.width);
        const at = (plane * height + row) * width + box.x + (i % box.width);
        const share = weight[own + i]!;
        sum[at]! += seen[plane * area + i]! * share;
        weights[at]! += share;
      }
    }
  }
  return sum.map((value, i) => value / weights[i]!);
}

function within(box: Box | undefined, height: number, width: number): Box {
  if (box === undefined) return { height, width, y: 0, x: 0 };
  return { ...box, height: Math.min(height - box.y, box.height), width: Math.min(width - box.x, box.width) };
}

function cutOut({ data, shape }: FloatTensor, box: Box): FloatTensor {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const part = new Float32Array(batch * channels * box.height * box.width);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < box.height; y++) {
      const from = (plane * height + box.y + y) * width + box.x;
      part.set(data.subarray(from, from + box.width), (plane * box.height + y) * box.width);
    }
  }
  return { data: part, shape: [batch, channels, box.height, box.width] };
}

/** [batch, box height, box width]: strength times mask, or times a border that fades in where the picture goes on. */
function weightsOf<C>(
  { strength, mask, box: cut }: Region<C>,
  box: Box,
  batch: number,
  height: number,
  width: number,
): Float32Array {
  const area = box.height * box.width;
  const weights = new Float32Array(batch * area).fill(strength);
  if (mask) {
    const pictures = mask.shape[0];
    for (let i = 0; i < batch * area; i++) {
      const row = box.y + (Math.floor(i / box.width) % box.height);
      const picture = Math.floor(i / area) % pictures;
      weights[i]! *= mask.data[(picture * height + row) * width + box.x + (i % box.width)]!;
    }
  } else if (cut) {
    const rows = fades(box.height, box.y > 0, box.y + box.height < height);
    const columns = fades(box.width, box.x > 0, box.x + box.width < width);
    for (let i = 0; i < batch * area; i++)
      weights[i]! *= rows[Math.floor(i / box.width) % box.height]! * columns[i % box.width]!;
  }
  return weights;
}

function fades(length: number, before: boolean, after: boolean): Float32Array {
  const border = Math.min(FADE, Math.floor(length / 4));
  const factors = new Float32Array(length).fill(1);
  for (let t = 0; t < border; t++) {
    if (before) factors[t]! *= (t + 1) / border;
    if (after) factors[length - 1 - t]! *= (t + 1) / border;
  }
  return factors;
}
