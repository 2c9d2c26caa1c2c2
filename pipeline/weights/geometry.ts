/** The sizes of each network: read off tensor shapes, plus what shapes cannot tell (heads, groups) from a geometry file. */
import type { NetworkPatches } from './lora/patch.ts';
import type { StoredTensors } from './stored-tensor.ts';

/** The diffusion transformer: MMDiT (Large) or, where some blocks have a second attention, MMDiT-X (Medium). */
export interface MmditGeometry {
  /** Number of joint blocks; equals the number of heads and hiddenSize / 64 in every official model. */
  readonly depth: number;
  readonly hiddenSize: number;
  readonly heads: number;
  /** Side of the square position table stored in the file (192 Large, 384 Medium), or how far computed ones reach. */
  readonly posEmbedMaxSize: number;
  /** The file has no position table: positions are computed for each size, as ComfyUI does. */
  readonly positionsComputed?: true;
  /** Latent channels in and out. */
  readonly latentChannels: number;
  /** Side of a patch in latent pixels (2). */
  readonly patchSize: number;
  /** Width of one context token (4096). */
  readonly contextWidth: number;
  /** Width of the pooled text vector y (2048). */
  readonly pooledWidth: number;
  readonly qkNorm: 'rms' | 'none';
  /** Blocks whose image stream has `attn2` (Medium: 0..12; Large: none). */
  readonly dualAttentionBlocks: readonly number[];
}

export interface VaeGeometry {
  /** Channels of the first level (128). */
  readonly channels: number;
  /** Channel multiplier a level (1, 2, 4, 4); image side = latent side * 2^(levels - 1). */
  readonly multipliers: readonly number[];
  readonly resBlocks: number;
  readonly latentChannels: number;
  readonly groupNormGroups: number;
}

export interface ClipGeometry {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  /** Tokens in a chunk, start and end included (77). */
  readonly positions: number;
  readonly activation: 'quick_gelu' | 'gelu';
  /** Whether the pooled vector goes through `text_projection` (CLIP-G) or not (CLIP-L). */
  readonly projected: boolean;
}

export interface T5Geometry {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly headSize: number;
  readonly feedForwardSize: number;
  readonly vocabSize: number;
  readonly relativeBuckets: number;
  readonly relativeMaxDistance: number;
  /** Prompts are padded with 0 to at least so many tokens (77; nano 40). */
  readonly minLength: number;
}

/** One network ready to be emitted as a graph: every tensor present and of the right shape. */
export interface Network<G> {
  readonly tensors: StoredTensors;
  readonly geometry: G;
  /** What is done to its weights when they are used. */
  readonly patches?: NetworkPatches;
}

/** The networks of one model. Of the text encoders some may be absent, as in ComfyUI; `vae.encoder` is needed for image to image only. */
export interface ModelNetworks {
  readonly mmdit: Network<MmditGeometry>;
  readonly vae: Network<VaeGeometry>;
  readonly clip_l?: Network<ClipGeometry>;
  readonly clip_g?: Network<ClipGeometry>;
  readonly t5xxl?: Network<T5Geometry>;
  /** TAESD3: previews in better quality. */
  readonly taesd?: Network<import('./networks/taesd.ts').TaesdGeometry>;
}
