/** The T5 encoder's geometry read off its shapes, and every tensor that it needs. */
import type { T5Geometry } from '../geometry.ts';
import { type GeometryFile, proveClaims } from '../geometry-file.ts';
import { blockCount, type Part, shapeOf, wrongShape } from '../part.ts';
import type { StoredTensor } from '../stored-tensor.ts';

/** transformers' `T5Config` for T5 v1.1; shapes do not tell it. */
const OFFICIAL_MAX_DISTANCE = 128;
/** ComfyUI pads T5 prompts to 77 tokens. */
const OFFICIAL_MIN_LENGTH = 77;

/** Files carry the embedding under either name, or twice under both. */
export const T5_EMBEDDING = 'shared.weight';
const OTHER_EMBEDDING = 'encoder.embed_tokens.weight';

/** The same part with its embedding under `shared.weight`. */
export function withSharedEmbedding(part: Part): Part {
  const embedding = part.tensors.get(OTHER_EMBEDDING);
  if (!embedding || part.tensors.has(T5_EMBEDDING)) return part;
  const tensors = new Map<string, StoredTensor>(part.tensors).set(T5_EMBEDDING, {
    ...embedding,
    name: T5_EMBEDDING,
  });
  return {
    ...part,
    tensors,
    nameInFile: (official) => part.nameInFile(official === T5_EMBEDDING ? OTHER_EMBEDDING : official),
  };
}

/** What another encoder of the T5 family is, by its vocabulary and its biases; nothing for T5 1.1. */
export function wrongT5({ tensors }: Part): string | undefined {
  const words = tensors.get(T5_EMBEDDING)?.shape[0] ?? 0;
  const biasInEveryBlock = tensors.has(
    'encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight',
  );
  if (biasInEveryBlock) return 'a UMT5 text encoder (of Wan or AuraFlow)';
  if (words > LARGEST_VOCABULARY) return `an mT5 text encoder (${words} words)`;
  const ungated = tensors.has('encoder.block.0.layer.1.DenseReluDense.wi.weight');
  return ungated ? 'a T5 text encoder of version 1.0' : undefined;
}

/** T5's has 32,100 words and spare rows up to 32,128; mT5's and UMT5's have 250,000. */
const LARGEST_VOCABULARY = 100_000;

/** @throws Fault weights.* */
export function t5Geometry(part: Part, file?: GeometryFile): T5Geometry {
  const [vocabSize, hiddenSize] = shapeOf(part, T5_EMBEDDING, ['vocabulary', 'hidden']) as [number, number];
  const layers = blockCount(part, 'encoder.block.', 'layer.0.SelfAttention.q.weight');
  const biasTable = 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight';
  const [relativeBuckets, heads] = shapeOf(part, biasTable, ['buckets', 'heads']) as [number, number];
  const query = 'encoder.block.0.layer.0.SelfAttention.q.weight';
  const [inner] = shapeOf(part, query, ['heads * head size', hiddenSize]) as [number];
  if (inner % heads !== 0) throw wrongShape(part, query, [`a multiple of ${heads}`, hiddenSize]);
  const gate = 'encoder.block.0.layer.1.DenseReluDense.wi_0.weight';
  const [feedForwardSize] = shapeOf(part, gate, ['feed forward', hiddenSize]) as [number];

  const said = file?.t5xxl;
  proveClaims(file, part.given, [
    { key: 't5xxl.d_model', claimed: said?.d_model, found: hiddenSize },
    { key: 't5xxl.d_ff', claimed: said?.d_ff, found: feedForwardSize },
    { key: 't5xxl.num_layers', claimed: said?.num_layers, found: layers },
    { key: 't5xxl.num_heads', claimed: said?.num_heads, found: heads },
    { key: 't5xxl.d_kv', claimed: said?.d_kv, found: inner / heads },
    { key: 't5xxl.vocab_size', claimed: said?.vocab_size, found: vocabSize },
    {
      key: 't5xxl.relative_attention_num_buckets',
      claimed: said?.relative_attention_num_buckets,
      found: relativeBuckets,
    },
  ]);
  return {
    hiddenSize,
    layers,
    heads,
    headSize: inner / heads,
    feedForwardSize,
    vocabSize,
    relativeBuckets,
    relativeMaxDistance: said?.relative_attention_max_distance ?? OFFICIAL_MAX_DISTANCE,
    minLength: said?.min_length ?? OFFICIAL_MIN_LENGTH,
  };
}

/** Official names and shapes (transformers' `T5EncoderModel`, gated feed forward), the embedding as `shared.weight`. */
export function t5Tensors(g: T5Geometry): Map<string, readonly number[]> {
  const tensors = new Map<string, readonly number[]>();
  const inner = g.heads * g.headSize;
  tensors.set(T5_EMBEDDING, [g.vocabSize, g.hiddenSize]);
  for (let i = 0; i < g.layers; i++) {
    const attention = `encoder.block.${i}.layer.0`;
    for (const projection of ['q', 'k', 'v'])
      tensors.set(`${attention}.SelfAttention.${projection}.weight`, [inner, g.hiddenSize]);
    tensors.set(`${attention}.SelfAttention.o.weight`, [g.hiddenSize, inner]);
    if (i === 0) {
      const bias = `${attention}.SelfAttention.relative_attention_bias.weight`;
      tensors.set(bias, [g.relativeBuckets, g.heads]);
    }
    tensors.set(`${attention}.layer_norm.weight`, [g.hiddenSize]);
    const feedForward = `encoder.block.${i}.layer.1`;
    for (const gate of ['wi_0', 'wi_1'])
      tensors.set(`${feedForward}.DenseReluDense.${gate}.weight`, [g.feedForwardSize, g.hiddenSize]);
    tensors.set(`${feedForward}.DenseReluDense.wo.weight`, [g.hiddenSize, g.feedForwardSize]);
    tensors.set(`${feedForward}.layer_norm.weight`, [g.hiddenSize]);
  }
  tensors.set('encoder.final_layer_norm.weight', [g.hiddenSize]);
  return tensors;
}
