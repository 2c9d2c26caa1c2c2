/**
 * Text encoders by other names than transformers': OpenAI's and open_clip's CLIP, llama.cpp's T5. Seen as the official
 * tensors; no byte is read or copied.
 */

import type { Layout } from './detect.ts';
import type { Renamed } from './diffusers.ts';
import { rowsOf } from './stored-rows.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';

type NamePair = readonly [theirs: RegExp, ours: string];

/** open_clip's `TextTransformer`, as ComfyUI's `transformers_convert` and diffusers' converter read it. */
const OPENCLIP: readonly NamePair[] = [
  [/^token_embedding\.weight$/, 'text_model.embeddings.token_embedding.weight'],
  [/^positional_embedding$/, 'text_model.embeddings.position_embedding.weight'],
  [/^ln_final\./, 'text_model.final_layer_norm.'],
  [/^transformer\.resblocks\.(\d+)\.ln_1\./, 'text_model.encoder.layers.$1.layer_norm1.'],
  [/^transformer\.resblocks\.(\d+)\.ln_2\./, 'text_model.encoder.layers.$1.layer_norm2.'],
  [/^transformer\.resblocks\.(\d+)\.mlp\.c_fc\./, 'text_model.encoder.layers.$1.mlp.fc1.'],
  [/^transformer\.resblocks\.(\d+)\.mlp\.c_proj\./, 'text_model.encoder.layers.$1.mlp.fc2.'],
  [/^transformer\.resblocks\.(\d+)\.attn\.out_proj\./, 'text_model.encoder.layers.$1.self_attn.out_proj.'],
];
const OPENCLIP_QKV = /^transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)$/;

const LLAMA_T5: readonly NamePair[] = [
  [/^token_embd\.weight$/, 'shared.weight'],
  [/^enc\.output_norm\./, 'encoder.final_layer_norm.'],
  [/^enc\.blk\.(\d+)\.attn_([qkvo])\./, 'encoder.block.$1.layer.0.SelfAttention.$2.'],
  [/^enc\.blk\.(\d+)\.attn_rel_b\./, 'encoder.block.$1.layer.0.SelfAttention.relative_attention_bias.'],
  [/^enc\.blk\.(\d+)\.attn_norm\./, 'encoder.block.$1.layer.0.layer_norm.'],
  [/^enc\.blk\.(\d+)\.ffn_gate\./, 'encoder.block.$1.layer.1.DenseReluDense.wi_0.'],
  [/^enc\.blk\.(\d+)\.ffn_up\./, 'encoder.block.$1.layer.1.DenseReluDense.wi_1.'],
  [/^enc\.blk\.(\d+)\.ffn_down\./, 'encoder.block.$1.layer.1.DenseReluDense.wo.'],
  [/^enc\.blk\.(\d+)\.ffn_norm\./, 'encoder.block.$1.layer.1.layer_norm.'],
];

export function officialT5(own: StoredTensors, layout: Layout): Renamed {
  return layout === 'llama' ? renamedBy(LLAMA_T5, own) : asItIs(own);
}

/**
 * @param all the whole file: older files keep `text_projection` beside the transformer, not in it
 * @param prefix of the encoder in it
 */
export function officialClip(
  own: StoredTensors,
  layout: Layout,
  all: StoredTensors,
  prefix: string,
): Renamed {
  const renamed =
    layout === 'openclip' ? openClip(own) : layout === 'bare' ? underTextModel(own) : asItIs(own);
  if (renamed.tensors.has('text_projection.weight')) return renamed;
  const parents = [prefix, parentOf(prefix)];
  const matrix = parents.map((parent) => all.get(`${parent}text_projection`)).find(isMatrix);
  const linear = parents.map((parent) => all.get(`${parent}text_projection.weight`)).find(isMatrix);
  if (!matrix && !linear) return renamed;
  const name = 'text_projection.weight';
  return {
    ...renamed,
    tensors: new Map(renamed.tensors).set(name, linear ? { ...linear, name } : transposed(matrix!, name)),
  };
}

function isMatrix(tensor: StoredTensor | undefined): tensor is StoredTensor {
  return tensor?.shape.length === 2;
}

/** `text_encoders.clip_g.transformer.` -> `text_encoders.clip_g.` */
function parentOf(prefix: string): string {
  return prefix.replace(/[^.]+\.$/, '');
}

/** A parameter multiplied from the left is a linear layer's weight the other way round. */
function transposed(of: StoredTensor, name: string): StoredTensor {
  const shape = of.shape.toReversed();
  const dtype = of.dtype === 'F16' || of.dtype === 'BF16' ? of.dtype : 'F32';
  return { name, dtype, shape, slabs: [], packed: { how: 'transposed', of } };
}

function openClip(own: StoredTensors): Renamed {
  const { tensors, nameInFile } = renamedBy(OPENCLIP, own);
  const all = new Map(tensors);
  for (const [theirs, tensor] of own) {
    const [, layer, kind] = OPENCLIP_QKV.exec(theirs) ?? [];
    const rows = tensor.shape[0] ?? 0;
    if (layer === undefined || rows % 3 !== 0) continue;
    for (const [i, part] of (['q_proj', 'k_proj', 'v_proj'] as const).entries()) {
      const name = `text_model.encoder.layers.${layer}.self_attn.${part}.${kind}`;
      all.set(name, { ...rowsOf(tensor, (rows / 3) * i, (rows / 3) * (i + 1)), name });
    }
  }
  return { tensors: all, nameInFile };
}

function underTextModel(own: StoredTensors): Renamed {
  const renamed = [...own.values()].map((tensor): [string, StoredTensor] => {
    const name = tensor.name.startsWith('text_projection') ? tensor.name : `text_model.${tensor.name}`;
    return [name, { ...tensor, name }];
  });
  return {
    tensors: new Map(renamed),
    nameInFile: (official) => official.replace(/^text_model\./, ''),
  };
}

function asItIs(tensors: StoredTensors): Renamed {
  return { tensors, nameInFile: (official) => official };
}

function renamedBy(pairs: readonly NamePair[], own: StoredTensors): Renamed {
  const tensors = new Map<string, StoredTensor>();
  const theirs = new Map<string, string>();
  for (const tensor of own.values()) {
    const pair = pairs.find(([pattern]) => pattern.test(tensor.name));
    if (!pair) continue;
    const name = tensor.name.replace(pair[0], pair[1]);
    tensors.set(name, { ...tensor, name });
    theirs.set(name, tensor.name);
  }
  return { tensors, nameInFile: (official) => theirs.get(official) ?? official };
}
