/** What flows along the links of a workflow, by ComfyUI's names of the types. */
import type { SamplerName } from '../../config/sampling.ts';
import type { FloatTensor } from '../float-tensor.ts';
import type { TextSource } from '../runtime/prompt-encoder.ts';
import type { Limits } from '../sampling/conditioning.ts';
import type { SkippedLayers } from '../sampling/guidance.ts';
import type { Mask } from '../sampling/mask.ts';
import type { Conditioning } from '../text/encode-prompt.ts';
import type { MmditGeometry, Network, VaeGeometry } from '../weights/geometry.ts';
import type { LoraUse } from '../weights/lora-use.ts';
import type { Latent } from './latent.ts';

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
  /** `EasyCache`: its threshold, and the part of the schedule in which it holds. */
  readonly stepCache?: { readonly threshold: number; readonly start: number; readonly end: number };
}

/** A VAE; not opened by having one. */
export interface Vae {
  readonly network: Network<VaeGeometry>;
}

/** Pixels of a latent pixel's side. */
export function enlargement({ network }: Vae): number {
  return 2 ** (network.geometry.multipliers.length - 1);
}

/** Text encoders with what patches have been put on them. */
export interface Clip {
  readonly source: TextSource;
  /** `CLIPSetLastLayer`: the layer whose output is taken, counted from the end. */
  readonly stopAt?: number;
  readonly loras: readonly LoraUse[];
}

/** A file of a ControlNet; nothing is opened by having one. */
export interface ControlNet {
  /** Absolute path. */
  readonly file: string;
}

/** A ControlNet with the picture that it shows the model, and how strongly, in which part of the schedule. */
export interface ControlUse {
  readonly net: ControlNet;
  /** The hint as it was given, [n, 3, height, width], 0..1. */
  readonly image: FloatTensor;
  readonly vae?: Vae;
  readonly strength: number;
  /** Parts of the schedule. */
  readonly start: number;
  readonly end: number;
  /** Put on one side, it holds for the other one as well. */
  readonly onOtherSide?: boolean;
}

/** One entry of a conditioning: what the text says, and for which part of the picture and of the schedule. */
export interface Entry extends Conditioning, Limits {
  /** In the order in which they were put on; what they give is added up. */
  readonly controls?: readonly ControlUse[];
}

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
  CONTROL_NET: ControlNet;
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
