/** Masks in a sampling: brought to the latent's size, and what is kept put back in every call of the model. */
import { interpolate } from '../image/resize/interpolate.ts';
import { combine } from './combine.ts';
import { Flow } from './flow.ts';
import type { Guided } from './samplers/sampler.ts';

/** Where an entry holds, 0..1 a pixel; of any size. */
export interface Mask {
  /** [n, height, width] row-major. */
  readonly data: Float32Array;
  readonly shape: readonly [n: number, height: number, width: number];
}

/**
 * Linear between the four nearest pixels, without smoothing beforehand (torch's `interpolate` of mode `bilinear`);
 * a mask of that size as it is.
 */
export function resizeMask(mask: Mask, height: number, width: number): Mask {
  const [n, oldHeight, oldWidth] = mask.shape;
  if (oldHeight === height && oldWidth === width) return mask;
  const planes = { data: mask.data, shape: [n, 1, oldHeight, oldWidth] };
  return { data: interpolate(planes, width, height, 'bilinear').data, shape: [n, height, width] };
}

export interface MaskedSampling {
  /** 1: painted anew; 0: kept. [n, height, width] of the latent; n is 1 or repeats over the batch. */
  readonly mask: Mask;
  /** NCHW. */
  readonly shape: readonly number[];
  /** The starting noise, and the picture that is kept, both as long as the latent; in model space. */
  readonly noise: Float32Array;
  readonly latent: Float32Array;
  /** `DifferentialDiffusion`: the mask becomes 1 where it is above a threshold that falls with sigma. */
  readonly differential?: {
    readonly strength: number;
    readonly sigmas: Float32Array;
    readonly shift: number;
  };
}

/** For one call of the model: the latent that it is to see, and what becomes of what it saw. */
export type PaintInside = (
  x: Float32Array,
  sigma: number,
) => { readonly x: Float32Array; readonly painted: (seen: Guided) => Guided };

/**
 * What the mask keeps is put back in every call of the model: its noise before a call, the picture itself after it. The noise is
 * the starting noise in every call. What the negative shows, which CFG++ asks for, is left as it is.
 *
 * Source: `KSamplerX0Inpaint` in ComfyUI's `comfy/samplers.py`.
 */
export function paintInside(masked: MaskedSampling): PaintInside {
  const { noise, latent } = masked;
  const mask = overChannels(masked.mask, masked.shape);
  return (x, sigma) => {
    const now = masked.differential ? thresholded(mask, sigma, masked.differential) : mask;
    const kept = combine([sigma, noise], [1 - sigma, latent]);
    return {
      x: blend(now, x, kept),
      painted: (seen) => ({ ...seen, denoised: blend(now, seen.denoised, latent) }),
    };
  };
}

function blend(mask: Float32Array, inside: Float32Array, outside: Float32Array): Float32Array {
  return inside.map((value, i) => value * mask[i]! + outside[i]! * (1 - mask[i]!));
}

/** The mask for every value of a latent batch. */
function overChannels({ data, shape: [n, height, width] }: Mask, shape: readonly number[]): Float32Array {
  const [batch = 0, channels = 0] = shape;
  const area = height * width;
  const all = new Float32Array(batch * channels * area);
  for (let i = 0; i < batch; i++) {
    const one = data.subarray((i % n) * area, ((i % n) + 1) * area);
    for (let c = 0; c < channels; c++) all.set(one, (i * channels + c) * area);
  }
  return all;
}

/** `DifferentialDiffusion.forward` in ComfyUI's `comfy_extras/nodes_differential_diffusion.py`. */
function thresholded(
  mask: Float32Array,
  sigma: number,
  { strength, sigmas, shift }: NonNullable<MaskedSampling['differential']>,
): Float32Array {
  const flow = new Flow(shift);
  const to = flow.timestep(Math.max(sigmas.at(-1)!, flow.sigmaMin));
  const from = flow.timestep(sigmas[0]!);
  const threshold = Math.fround(Math.fround(flow.timestep(sigma) - to) / Math.fround(from - to));
  const binary = mask.map((value) => (value >= threshold ? 1 : 0));
  if (strength === 0 || strength >= 1) return binary;
  return binary.map((value, i) => strength * value + (1 - strength) * mask[i]!);
}
