/**
 * Cards and models as the simulation reckons with them, at 1024x1024. No figure was measured with Darkroom: they are
 * published ones of others, or reckoned from them, as each says. `npm run bench -- --only device --device cuda:0` prints
 * a card's own, which are to be put here.
 */
import { MODELS } from '../../config/models.ts';
import { GIB } from '../../pipeline/runtime/residency.ts';

export interface Card {
  readonly name: string;
  /** Bytes that models may take. */
  readonly budget: number;
  /** Milliseconds of one forward pass of the transformer. */
  readonly passMs: Readonly<Record<ModelName, number>>;
  /** Milliseconds of text, decoding and writing the PNG. */
  readonly restMs: number;
  readonly source: string;
}

export const MODEL_NAMES = ['turbo', 'large', 'medium'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** Of a transformer in float16: 8.1 and 2.5 thousand million weights. */
export const BYTES: Readonly<Record<ModelName, number>> = { turbo: 16.2e9, large: 16.2e9, medium: 5e9 };

/** Bytes a millisecond from disk into a card's memory: an NVMe drive, or the page cache with the conversion. Assumed. */
export const LOADING = 3e6;

export const CARDS: Readonly<Record<string, Card>> = {
  h100: {
    name: 'H100, 80 GB',
    budget: 79 * GIB,
    passMs: { turbo: 103, large: 103, medium: 37 },
    restMs: 400,
    source:
      'published: Large, 50 steps with guidance in 10.3 s on ONNX Runtime (its pull request 22986), so 103 ms a pass; Medium by its share of operations (0.36); the rest assumed',
  },
  a6000: {
    name: 'RTX A6000, 48 GB',
    budget: 47 * GIB,
    passMs: { turbo: 375, large: 375, medium: 135 },
    restMs: 600,
    source:
      'published: Large in 21 s (vllm-omni, pull request 4052), taken as 28 steps with guidance; Medium by its share of operations; the rest assumed',
  },
  rtx4090: {
    name: 'RTX 4090, 24 GB',
    budget: 23 * GIB,
    passMs: { turbo: 377, large: 377, medium: 136 },
    restMs: 1_500,
    source:
      'reckoned: half of its 165 TFLOP/s for 31.1 TFLOP a pass, which makes the 20 s for Large that a tutorial of stable-diffusion-art reports; T5 on the processor; the rest assumed',
  },
};

/** Denoising steps, and forward passes in each: what the table of models says. */
export function stepsOf(model: ModelName): { steps: number; passes: number } {
  const { steps, cfg } = MODELS.find(({ name }) => name === model)!.defaults;
  return { steps, passes: cfg === 1 ? 1 : 2 };
}

/** Milliseconds that a picture takes where the model is held. */
export function pictureMs({ passMs, restMs }: Card, model: ModelName): number {
  const { steps, passes } = stepsOf(model);
  return steps * passes * passMs[model] + restMs;
}
