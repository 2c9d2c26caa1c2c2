/**
 * How LoRA files name the layers of SD3.5: every form that ComfyUI takes (`model_lora_keys_unet`, `_clip` of its
 * `comfy/lora.py`). A name is what stands before `.lora_up.weight`, `.alpha` and the like.
 */
import { transformerRules } from '../diffusers-names.ts';
import { blockIndices } from '../part.ts';
import type { StoredTensors } from '../stored-tensor.ts';
import type { Rows } from './patch.ts';

export type PatchedName = 'mmdit' | 'clip_l' | 'clip_g' | 't5xxl';
/** The networks that patches are sought for, any of them. */
export type PatchedNetworks = {
  readonly [N in PatchedName]?: { readonly tensors: StoredTensors } | undefined;
};

/** What a name means. */
export interface Target {
  readonly network: PatchedName;
  /** Official name of the tensor. */
  readonly tensor: string;
  readonly rows?: Rows;
  readonly swapsHalves?: boolean;
}

export function loraNames(networks: PatchedNetworks): Map<string, Target> {
  const names = new Map<string, Target>();
  if (networks.mmdit) nameTransformer(networks.mmdit.tensors, names);
  nameTextEncoders(networks, names);
  return names;
}

const WEIGHT = '.weight';
const underscored = (name: string) => name.replaceAll('.', '_');

function nameTransformer(tensors: StoredTensors, names: Map<string, Target>): void {
  for (const tensor of tensors.keys()) {
    const layer = layerOf(tensor);
    const target: Target = { network: 'mmdit', tensor };
    if (layer !== undefined) names.set(`lora_unet_${underscored(layer)}`, target);
    names.set(`diffusion_model.${layer ?? tensor}`, target);
  }
  for (const { official, op, diffusers } of transformerRules(blockIndices(tensors.keys(), 'joint_blocks.'))) {
    const stored = tensors.get(official);
    if (!stored || layerOf(official) === undefined) continue;
    const third = stored.shape[0]! / 3;
    for (const [i, name] of diffusers.entries()) {
      const target: Target = {
        network: 'mmdit',
        tensor: official,
        ...(op === 'thirds' ? { rows: { from: i * third, to: (i + 1) * third } } : {}),
        ...(op === 'swap_halves' ? { swapsHalves: true } : {}),
      };
      const layer = layerOf(name)!;
      for (const prefix of ['transformer.', 'base_model.model.']) names.set(prefix + layer, target);
      for (const prefix of ['lora_transformer_', 'lycoris_']) names.set(prefix + underscored(layer), target);
    }
  }
}

const CLIP_LAYER =
  /^text_model\.encoder\.layers\.\d+\.(mlp\.fc[12]|self_attn\.(k_proj|q_proj|v_proj|out_proj))$/;

function nameTextEncoders({ clip_l, clip_g, t5xxl }: PatchedNetworks, names: Map<string, Target>): void {
  const each = (
    network: Exclude<PatchedName, 'mmdit'>,
    tensors: StoredTensors | undefined,
    say: (layer: string) => readonly string[],
  ) => {
    for (const tensor of tensors?.keys() ?? []) {
      const layer = layerOf(tensor);
      if (layer === undefined) continue;
      const target: Target = { network, tensor };
      names.set(`text_encoders.${network}.transformer.${layer}`, target);
      for (const name of say(layer)) names.set(name, target);
    }
  };
  const inLayers = (layer: string, [underscore, dotted]: readonly [readonly string[], readonly string[]]) =>
    CLIP_LAYER.test(layer)
      ? [
          ...underscore.map((prefix) => prefix + underscored(layer)),
          ...dotted.map((prefix) => prefix + layer),
        ]
      : [];

  each('clip_l', clip_l?.tensors, (layer) => inLayers(layer, [['lora_te_', 'lora_te1_'], ['text_encoder.']]));
  each('clip_g', clip_g?.tensors, (layer) => {
    if (layer === 'text_projection') return ['lora_te2_text_projection', 'lora_prior_te_text_projection'];
    return clip_l
      ? inLayers(layer, [['lora_te2_'], ['text_encoder_2.']])
      : inLayers(layer, [['lora_te_', 'lora_prior_te_'], ['text_encoder.']]);
  });
  // T5 has the number after those of the CLIP encoders that there are; beside CLIP-L alone it answers to 2 and 3.
  const numbers = clip_l && clip_g ? [3] : clip_l ? [2, 3] : clip_g ? [2] : [1];
  each('t5xxl', t5xxl?.tensors, (layer) => [
    `text_encoders.transformer.${layer}`,
    ...numbers.map((number) => `lora_te${number}_${underscored(layer)}`),
  ]);
}

function layerOf(tensor: string): string | undefined {
  return tensor.endsWith(WEIGHT) ? tensor.slice(0, -WEIGHT.length) : undefined;
}
