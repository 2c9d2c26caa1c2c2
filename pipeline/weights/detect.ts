/** What a file holds: which networks, under which prefix, named as the official code or as diffusers names them. */
import { officialTransformer, officialVae } from './diffusers.ts';
import type { Part } from './part.ts';
import { withScales } from './scales.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';
import type { TensorSet } from './tensor-set.ts';

export type PartName = 'mmdit' | 'vae' | 'clip_l' | 'clip_g' | 't5xxl';

/** In a file of its own a CLIP encoder carries no sign of which of the two it is: that is for the asker to say. */
export type FoundName = PartName | 'clip';

export const PART_WORDS: Readonly<Record<FoundName, string>> = {
  mmdit: 'MMDiT',
  vae: 'VAE',
  clip_l: 'CLIP-L text encoder',
  clip_g: 'CLIP-G text encoder',
  clip: 'CLIP text encoder',
  t5xxl: 'T5 text encoder',
};

export interface Found {
  readonly name: FoundName;
  readonly layout: 'official' | 'diffusers';
  /** What stands before every name of this network in the file. */
  readonly prefix: string;
}

interface Sign extends Omit<Found, 'prefix'> {
  readonly prefixes: readonly string[];
  /** Any one of these names, after the prefix, is the network's. */
  readonly markers: readonly string[];
}

const CLIP_MARKERS = [
  'text_model.embeddings.token_embedding.weight',
  'text_model.encoder.layers.0.mlp.fc1.weight',
];

/** Prefixes: those of ComfyUI's all-in-one checkpoints, and none for a file of its own. */
const SIGNS: readonly Sign[] = [
  {
    name: 'mmdit',
    layout: 'official',
    prefixes: ['model.diffusion_model.', 'diffusion_model.', ''],
    markers: ['joint_blocks.0.x_block.attn.qkv.weight', 'joint_blocks.0.context_block.attn.qkv.weight'],
  },
  {
    name: 'mmdit',
    layout: 'diffusers',
    prefixes: ['', 'transformer.'],
    markers: ['transformer_blocks.0.attn.add_q_proj.weight', 'pos_embed.pos_embed'],
  },
  {
    name: 'vae',
    layout: 'official',
    prefixes: ['first_stage_model.', 'vae.', ''],
    markers: ['decoder.mid.block_1.conv1.weight', 'decoder.up.0.block.0.conv1.weight'],
  },
  {
    name: 'vae',
    layout: 'diffusers',
    prefixes: ['', 'vae.'],
    markers: ['decoder.mid_block.resnets.0.conv1.weight', 'decoder.up_blocks.0.resnets.0.conv1.weight'],
  },
  {
    name: 'clip_l',
    layout: 'official',
    prefixes: ['text_encoders.clip_l.transformer.'],
    markers: CLIP_MARKERS,
  },
  {
    name: 'clip_g',
    layout: 'official',
    prefixes: ['text_encoders.clip_g.transformer.'],
    markers: CLIP_MARKERS,
  },
  { name: 'clip', layout: 'official', prefixes: [''], markers: CLIP_MARKERS },
  {
    name: 't5xxl',
    layout: 'official',
    prefixes: ['text_encoders.t5xxl.transformer.', ''],
    markers: ['encoder.block.0.layer.0.SelfAttention.q.weight', 'encoder.final_layer_norm.weight'],
  },
];

/** Every network in a file, each once: of several prefixes the first that fits. */
export function detect(tensors: StoredTensors): Found[] {
  const found: Found[] = [];
  for (const { name, layout, prefixes, markers } of SIGNS) {
    if (found.some((other) => other.name === name)) continue;
    const prefix = prefixes.find((before) => markers.some((marker) => tensors.has(before + marker)));
    if (prefix !== undefined) found.push({ name, layout, prefix });
  }
  return found;
}

/** What a file holds, in words: `MMDiT, VAE`, or `no part of such a model`. */
export function contentsInWords(tensors: StoredTensors): string {
  const words = detect(tensors).map(({ name }) => PART_WORDS[name]);
  return words.length === 0 ? 'no part of a Stable Diffusion 3.5 model' : words.join(', ');
}

/**
 * One found network by its official names, with the scales of scaled files.
 * @throws Fault weights.*
 */
export function takePart(set: TensorSet, { layout, prefix, name }: Found, role: PartName): Part {
  const { given } = set;
  const network = PART_WORDS[role];
  const own = withScales(underPrefix(set.tensors, prefix), given, (inner) => prefix + inner);
  if (layout === 'official')
    return { given, network, tensors: own, nameInFile: (official) => prefix + official };
  const renamed = name === 'vae' ? officialVae(own, given) : officialTransformer(own, given);
  return {
    given,
    network,
    tensors: renamed.tensors,
    nameInFile: (official) => prefix + renamed.nameInFile(official),
  };
}

function underPrefix(tensors: StoredTensors, prefix: string): StoredTensors {
  if (prefix === '') return tensors;
  const own = new Map<string, StoredTensor>();
  for (const [whole, tensor] of tensors)
    if (whole.startsWith(prefix)) {
      const name = whole.slice(prefix.length);
      own.set(name, { ...tensor, name });
    }
  return own;
}
