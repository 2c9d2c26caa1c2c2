/** The sizes of the official models (as read off their files), for random weights of the same shapes. */
import type {
  ClipGeometry,
  MmditGeometry,
  T5Geometry,
  VaeGeometry,
} from '../../pipeline/weights/geometry.ts';

export const MEDIUM: MmditGeometry = {
  depth: 24,
  hiddenSize: 1536,
  heads: 24,
  posEmbedMaxSize: 384,
  latentChannels: 16,
  patchSize: 2,
  contextWidth: 4096,
  pooledWidth: 2048,
  qkNorm: 'rms',
  dualAttentionBlocks: Array.from({ length: 13 }, (_, i) => i),
};

export const LARGE: MmditGeometry = {
  ...MEDIUM,
  depth: 38,
  hiddenSize: 2432,
  heads: 38,
  posEmbedMaxSize: 192,
  dualAttentionBlocks: [],
};

export const VAE: VaeGeometry = {
  channels: 128,
  multipliers: [1, 2, 4, 4],
  resBlocks: 2,
  latentChannels: 16,
  groupNormGroups: 32,
};

export const CLIP_L: ClipGeometry = {
  hiddenSize: 768,
  layers: 12,
  heads: 12,
  intermediateSize: 3072,
  vocabSize: 49_408,
  positions: 77,
  activation: 'quick_gelu',
  projected: false,
};

export const CLIP_G: ClipGeometry = {
  hiddenSize: 1280,
  layers: 32,
  heads: 20,
  intermediateSize: 5120,
  vocabSize: 49_408,
  positions: 77,
  activation: 'gelu',
  projected: true,
};

export const T5_XXL: T5Geometry = {
  hiddenSize: 4096,
  layers: 24,
  heads: 64,
  headSize: 64,
  feedForwardSize: 10_240,
  vocabSize: 32_128,
  relativeBuckets: 32,
  relativeMaxDistance: 128,
  minLength: 77,
};
