/** What a sampler is: the loop that walks a noisy latent down the noise levels by asking a model for the picture in it. */

/**
 * The model: a noisy latent batch at noise level sigma (a float32 value) to the picture it sees in it, guidance
 * included. Returns a new array of the same length; must not change or keep `x`.
 */
export type Denoise = (x: Float32Array, sigma: number) => Promise<Float32Array>;

/** What the model sees, guidance included, and what it sees for the negative alone. New arrays, as from `Denoise`. */
export interface Guided {
  readonly denoised: Float32Array;
  readonly negative: Float32Array;
}

/** The model for the samplers of CFG++ (arXiv 2406.08070). Runs the negative even at guidance 1. */
export type DenoiseApart = (x: Float32Array, sigma: number) => Promise<Guided>;

/** Fresh noise of the latent's size and unit variance for a step from one noise level down to another. */
export type StepNoise = (sigma: number, sigmaNext: number) => Float32Array;

/** One step as seen from outside, after its first model call. The arrays are the sampler's own: read, do not write. */
export interface Step {
  /** 0-based. */
  readonly index: number;
  readonly total: number;
  readonly sigma: number;
  /** The noisy latent. */
  readonly x: Float32Array;
  /** The picture the model sees in it. */
  readonly denoised: Float32Array;
}

export interface SamplerRun {
  /** Where the walk starts: noise (and initial picture) mixed at the first sigma. */
  readonly x: Float32Array;
  /** Falling; the last one is 0 unless the walk ends early. */
  readonly sigmas: Float32Array;
  /** Of the model's flow; tells how near 1 a first sigma may be. */
  readonly shift: number;
  readonly denoise: Denoise;
  readonly denoiseApart: DenoiseApart;
  readonly noise: StepNoise;
  /** Awaited before the walk goes on. */
  readonly onStep: (step: Step) => Promise<void>;
}

export interface Sampler {
  readonly walk: (run: SamplerRun) => Promise<Float32Array>;
  /** Where its step noise comes from: one independent draw a call, or a Brownian path over sigma. */
  readonly noise: 'none' | 'independent' | 'brownian';
  /** Runs on a schedule of one step more, without the last sigma above 0 (ComfyUI's `DISCARD_PENULTIMATE_SIGMA_SAMPLERS`). */
  readonly dropsPenultimate?: boolean;
  /** The sigma it really ends at in place of 0. */
  readonly lastSigma?: number;
  /** Asks for the negative's picture apart (CFG++). */
  readonly usesNegative?: boolean;
}

/** What is known when a step goes from `sigma` to `next`. */
export interface At extends Step {
  readonly next: number;
}

/**
 * The loop nearly all samplers share: one model call at each sigma, then `advance` takes x to the next one (with
 * further model calls if it likes).
 */
export async function walkDown(
  run: SamplerRun,
  advance: (at: At) => Float32Array | Promise<Float32Array>,
): Promise<Float32Array> {
  const total = run.sigmas.length - 1;
  let x = run.x;
  for (let index = 0; index < total; index++) {
    const sigma = run.sigmas[index]!;
    const next = run.sigmas[index + 1]!;
    const denoised = await run.denoise(x, sigma);
    await run.onStep({ index, total, sigma, x, denoised });
    x = await advance({ index, total, sigma, next, x, denoised });
  }
  return x;
}

/** The same loop for the samplers of CFG++. */
export function walkDownApart(
  run: SamplerRun,
  advance: (at: At & Guided) => Float32Array | Promise<Float32Array>,
): Promise<Float32Array> {
  let negative = run.x;
  const denoise: Denoise = async (x, sigma) => {
    const guided = await run.denoiseApart(x, sigma);
    negative = guided.negative;
    return guided.denoised;
  };
  return walkDown({ ...run, denoise }, (at) => advance({ ...at, negative }));
}
