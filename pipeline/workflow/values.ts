/** What flows along the links of a workflow, by ComfyUI's names of the types. */
import type { SamplerName } from '../../config/sampling.ts';
import type { FloatTensor } from '../float-tensor.ts';
import type { TextSource } from '../runtime/prompt-encoder.ts';
import type { Limits, Mask } from '../sampling/conditioning.ts';
import type { SkippedLayers } from '../sampling/guidance.ts';
import type { Conditioning } from '../text/encode-prompt.ts';
import type { MmditGeometry, Network, VaeGeometry } from '../weights/geometry.ts';
import type { Latent } from './latent.ts';

/** A file of low-rank changes, and how much of them. */
export interface LoraUse {
  /** Absolute path. */
  readonly file: string;
  readonly strength: number;
}

/** A diffusion transformer with what patches have been put on it; nothing is opened by having one. */
export interface Model {
  readonly network: Network<MmditGeometry>;
  /** Of the flow: `ModelSamplingSD3`. */
  readonly shift: number;
  readonly skips: readonly SkippedLayers[];
  /** In the order in which they are applied. */
  readonly loras: readonly LoraUse[];
  readonly rescale?: number;
  /** `DifferentialDiffusion`'s strength. */
  readonly differential?: number;
}

/** A VAE; not opened by having one. */
export interface Vae {
  readonly network: Network<VaeGeometry>;
}

/** Text encoders with what patches have been put on them. */
export interface Clip {
  readonly source: TextSource;
  /** `CLIPSetLastLayer`: the layer whose output is taken, counted from the end. */
  readonly stopAt?: number;
  readonly loras: readonly LoraUse[];
}

/** One entry of a conditioning: what the text says, and for which part of the picture and of the schedule. */
export interface Entry extends Conditioning, Limits {}

/** The noise that a sampling starts from, for the latent it is asked for. */
export interface Noise {
  /** Of the noise that stochastic samplers add on the way, too. */
  readonly seed: number | bigint;
  readonly make: (latent: Latent) => Float32Array;
}

/** How the model is guided: with which conditionings, how strongly. */
export interface Guider {
  readonly model: Model;
  readonly positive: readonly Entry[];
  readonly negative: readonly Entry[];
  readonly cfg: number;
}

/** Everything that a link can carry. */
export interface Values {
  MODEL: Model;
  CLIP: Clip;
  VAE: Vae;
  CONDITIONING: readonly Entry[];
  LATENT: Latent;
  /** [n, 3, height, width], 0..1. */
  IMAGE: FloatTensor;
  /** [n, height, width], 0..1. */
  MASK: Mask;
  NOISE: Noise;
  GUIDER: Guider;
  SAMPLER: SamplerName;
  SIGMAS: Float32Array;
  INT: number | bigint;
  FLOAT: number;
  STRING: string;
  BOOLEAN: boolean;
}

export type ValueType = keyof Values;
export type Value = Values[ValueType];
