/** What a network in 8 bits is tried with, to find out what that costs: noise for the transformer, words for the others. */
import { elements, type FloatTensor } from '../float-tensor.ts';
import { emitClip } from '../graph/clip.ts';
import type { Compute } from '../graph/compute.ts';
import type { EmittedGraph } from '../graph/emitted-graph.ts';
import { emitMmdit } from '../graph/mmdit.ts';
import { positionFeeds, timestepFrequencies, timestepOf } from '../graph/mmdit-inputs.ts';
import { emitT5 } from '../graph/t5.ts';
import { randn } from '../sampling/torch-random.ts';
import { relativeBuckets } from '../text/t5-buckets.ts';
import type { ClipGeometry, MmditGeometry, Network, T5Geometry } from '../weights/geometry.ts';
import { type IntegerTensor, integers } from './session.ts';

export interface Int8Trial<G> {
  readonly emit: (network: Network<G>, options: { readonly compute: Compute }) => EmittedGraph;
  readonly feeds: (network: Network<G>) => Readonly<Record<string, FloatTensor | IntegerTensor>>;
  /** Relative L2 error of all layers together that is taken. */
  readonly largest: number;
}

/** Latent pixels a side, and tokens of text. */
const SIDE = 32;
const TOKENS = 77;
const SIGMA = 0.7;

export const TRANSFORMER_TRIAL: Int8Trial<MmditGeometry> = {
  emit: emitMmdit,
  largest: 5e-2,
  feeds({ geometry, tensors }) {
    const { latentChannels, contextWidth, pooledWidth, patchSize } = geometry;
    const side = SIDE - (SIDE % patchSize);
    return {
      x: normal([1, latentChannels, side, side], 1),
      t_freq: timestepFrequencies([timestepOf(SIGMA)], tensors.get('t_embedder.mlp.0.weight')!.shape[1]!),
      context: normal([1, TOKENS, contextWidth], 2),
      y: normal([1, pooledWidth], 3),
      ...positionFeeds(geometry, side / patchSize, side / patchSize),
    };
  },
};

export const T5_TRIAL: Int8Trial<T5Geometry> = {
  emit: emitT5,
  largest: 2e-2,
  feeds({ geometry: { vocabSize, relativeBuckets: buckets, relativeMaxDistance } }) {
    return {
      ids: words(TOKENS, vocabSize),
      buckets: integers(relativeBuckets(TOKENS, buckets, relativeMaxDistance), [TOKENS, TOKENS]),
    };
  },
};

export const CLIP_TRIAL: Int8Trial<ClipGeometry> = {
  emit: emitClip,
  largest: 2e-2,
  feeds: ({ geometry: { vocabSize, positions } }) => ({
    ids: words(positions, vocabSize),
    end: integers([positions - 1], [1, 1]),
  }),
};

function normal(shape: readonly number[], seed: number): FloatTensor {
  return { data: randn(seed, elements(shape)), shape };
}

/** Words from all over a vocabulary, in no order: 7919 is a prime. */
function words(count: number, vocabulary: number): IntegerTensor {
  const ids = Array.from({ length: count }, (_, i) => ((i + 1) * 7919) % vocabulary);
  return integers(ids, [1, count]);
}
