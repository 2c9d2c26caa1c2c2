/** What a file holds: which networks, under which prefix and by whose names. Decided by the tensors, never by the file's name. */

import { officialTransformer, officialVae } from './diffusers.ts';
import type { Layout } from './layout.ts';
import { officialClip, officialT5 } from './other-names.ts';
import type { Part } from './part.ts';
import type { StoredTensor, StoredTensors } from './stored-tensor.ts';
import type { TensorSet } from './tensor-set.ts';

export type PartName = 'mmdit' | 'vae' | 'clip_l' | 'clip_g' | 't5xxl';

/** In a file of its own a CLIP encoder carries no sign of which of the two it is: that is for the asker to say. */
export type FoundName = PartName | 'clip';

export const PART_WORDS: Readonly<Record<FoundName, string>> = {
  mmdit: 'diffusion model (MMDiT)',
  vae: 'VAE',
  clip_l: 'CLIP-L text encoder',
  clip_g: 'CLIP-G text encoder',
  clip: 'CLIP text encoder',
  t5xxl: 'T5 text encoder',
};

/** The same with its article, as sentences say it. */
export const aPart = (name: FoundName) => `a ${PART_WORDS[name]}`;

export interface Found {
  readonly name: FoundName;
  readonly layout: Layout;
  /** What stands before every name of this network in the file. */
  readonly prefix: string;
}

interface Sign {
  readonly name: FoundName;
  readonly layout: Layout;
  /** A tensor that only this network has, after the prefix, whatever that is. */
  readonly marker: string;
  /** Another that must be there with the same prefix, or must not. */
  readonly beside?: string;
  readonly without?: string;
}

const SIGNS: readonly Sign[] = [
  {
    name: 'mmdit',
    layout: 'official',
    marker: 'joint_blocks.0.context_block.attn.qkv.weight',
    without: 'controlnet_blocks.0.weight',
  },
  {
    name: 'mmdit',
    layout: 'diffusers',
    marker: 'transformer_blocks.0.attn.add_q_proj.weight',
    beside: 'pos_embed.proj.weight',
    without: 'controlnet_blocks.0.weight',
  },
  { name: 'vae', layout: 'official', marker: 'decoder.mid.block_1.conv1.weight' },
  { name: 'vae', layout: 'diffusers', marker: 'decoder.mid_block.resnets.0.conv1.weight' },
  { name: 'clip', layout: 'official', marker: 'text_model.encoder.layers.0.mlp.fc1.weight' },
  {
    name: 'clip',
    layout: 'bare',
    marker: 'encoder.layers.0.mlp.fc1.weight',
    beside: 'embeddings.token_embedding.weight',
  },
  {
    name: 'clip',
    layout: 'openclip',
    marker: 'transformer.resblocks.0.mlp.c_fc.weight',
    beside: 'token_embedding.weight',
  },
  { name: 't5xxl', layout: 'official', marker: 'encoder.block.0.layer.0.SelfAttention.q.weight' },
  { name: 't5xxl', layout: 'llama', marker: 'enc.blk.0.attn_q.weight' },
];

/** Every network in a file, each once: of several prefixes the first that fits. */
export function detect(tensors: StoredTensors): Found[] {
  const found: Found[] = [];
  for (const name of tensors.keys()) {
    for (const sign of SIGNS) {
      if (!name.endsWith(sign.marker)) continue;
      const prefix = name.slice(0, name.length - sign.marker.length);
      // "xjoint_blocks" is another name, not a prefix.
      if (prefix !== '' && !prefix.endsWith('.')) continue;
      if (sign.beside && !tensors.has(prefix + sign.beside)) continue;
      if (sign.without && tensors.has(prefix + sign.without)) continue;
      const role = sign.name === 'clip' ? clipByPrefix(prefix) : sign.name;
      if (role === 'clip' || !found.some((other) => other.name === role))
        found.push({ name: role, layout: sign.layout, prefix });
      break;
    }
  }
  return withClipsTold(tensors, found).sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
}

const ORDER: readonly FoundName[] = ['mmdit', 'vae', 'clip_l', 'clip_g', 'clip', 't5xxl'];

function clipByPrefix(prefix: string): FoundName {
  if (/clip_l|text_encoder\.|text_encoders\.0\.|te1\./.test(prefix)) return 'clip_l';
  return /clip_g|text_encoder_2\.|te2\./.test(prefix) ? 'clip_g' : 'clip';
}

/** Two encoders in one file whose prefixes do not tell: the narrower is CLIP-L. */
function withClipsTold(tensors: StoredTensors, found: readonly Found[]): Found[] {
  const clips = found.filter(({ name }) => name === 'clip');
  const told = found.filter(({ name }) => name !== 'clip');
  if (clips.length === 0) return told;
  const taken = new Set(told.map(({ name }) => name));
  const open = (['clip_l', 'clip_g'] as const).filter((name) => !taken.has(name));
  if (clips.length === 1 && open.length === 2) return [...told, clips[0]!];
  const byWidth = clips.toSorted((a, b) => clipWidth(tensors, a) - clipWidth(tensors, b));
  const named = byWidth.slice(0, open.length).map((one, i) => ({ ...one, name: open[i]! }));
  return [...told, ...named];
}

/** Features of a token; 0 where the file does not tell. */
export function clipWidth(tensors: StoredTensors, { prefix, layout }: Found): number {
  const table =
    layout === 'openclip'
      ? 'token_embedding.weight'
      : `${layout === 'bare' ? '' : 'text_model.'}embeddings.token_embedding.weight`;
  return tensors.get(prefix + table)?.shape[1] ?? 0;
}

/** What a file holds, in words: `VAE, CLIP-L text encoder`, or `no part of such a model`. */
export function contentsInWords(tensors: StoredTensors): string {
  const words = detect(tensors).map(({ name }) => aPart(name));
  return words.length === 0 ? 'no part of a Stable Diffusion 3.5 model' : words.join(' and ');
}

/**
 * One found network by its official names.
 * @throws Fault weights.*
 */
export function takePart(set: TensorSet, { layout, prefix, name }: Found, role: PartName): Part {
  const { given } = set;
  const network = PART_WORDS[role];
  const own = underPrefix(set.tensors, prefix);
  const renamed = rename(own, layout, name, { set, prefix });
  return {
    given,
    network,
    tensors: renamed.tensors,
    nameInFile: (official) => prefix + renamed.nameInFile(official),
  };
}

function rename(
  own: StoredTensors,
  layout: Layout,
  name: FoundName,
  { set, prefix }: { set: TensorSet; prefix: string },
) {
  if (name === 'mmdit' || name === 'vae') {
    if (layout === 'diffusers')
      return name === 'vae' ? officialVae(own, set.given) : officialTransformer(own, set.given);
    return { tensors: withUsualShapes(own, name), nameInFile: (official: string) => official };
  }
  return name === 't5xxl' ? officialT5(own, layout) : officialClip(own, layout, set.tensors, prefix);
}

/** GGUF files drop a first side of 1, and some VAEs have their 1x1 convolutions as matrices. */
function withUsualShapes(own: StoredTensors, name: 'mmdit' | 'vae'): StoredTensors {
  const reshaped = new Map(own);
  const reshape = (tensor: StoredTensor, shape: readonly number[]) =>
    reshaped.set(tensor.name, {
      ...tensor,
      shape,
      ranges: tensor.ranges.length === 1 ? [{ ...tensor.ranges[0]!, shape }] : tensor.ranges,
    });
  if (name === 'mmdit') {
    const positions = own.get('pos_embed');
    if (positions?.shape.length === 2) reshape(positions, [1, ...positions.shape]);
    return reshaped;
  }
  for (const tensor of own.values())
    if (/\.attn_1\.(q|k|v|proj_out)\.weight$/.test(tensor.name) && tensor.shape.length === 2)
      reshape(tensor, [...tensor.shape, 1, 1]);
  return reshaped;
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
