/**
 * ControlNets for SD3: Stability's for SD3.5, whose blocks see the picture alone, and the older form of SD3 (InstantX and
 * others), which is a piece of the whole transformer.
 */
import { Fault } from '../../../config/faults.ts';
import { checkNetwork } from '../check-network.ts';
import { officialTransformer } from '../diffusers.ts';
import { transformerRules } from '../diffusers-names.ts';
import type { MmditGeometry, Network } from '../geometry.ts';
import { blockCount, type Part, shapeOf } from '../part.ts';
import { readTensor } from '../read-tensor.ts';
import type { SafetensorsFile } from '../safetensors.ts';
import type { StoredTensor } from '../stored-tensor.ts';
import { openTensors } from '../tensor-set.ts';
import { mmditTensors } from './mmdit.ts';

/** What a hint is to be before it is encoded; values 0..1. */
export type HintKind = 'as it is' | 'canny' | 'depth';

export interface ControlNetGeometry extends MmditGeometry {
  /**
   * `sd3`: a piece of the transformer, text and all. `sd3.5`: blocks of the image stream alone; `double` where every
   * block sees the same tokens and the pooled text goes through the model's own embedder first (Large).
   */
  readonly form: 'sd3' | 'sd3.5' | 'sd3.5 double';
  /** Of the ControlNet; `depth` is how many the model has. */
  readonly blocks: number;
  readonly hint: HintKind;
  /** Whether the file has a patch embedder of its own; the model's is taken where it has none. */
  readonly embedsPatches: boolean;
}

export interface OpenedControlNet {
  readonly network: Network<ControlNetGeometry>;
  readonly files: readonly SafetensorsFile[];
}

const HEAD_SIZE = 64;
const FREQUENCIES = 256;
const HINTS: readonly HintKind[] = ['as it is', 'canny', 'depth'];

/** @throws Fault weights.* */
export function openControlNet(path: string): OpenedControlNet {
  const { tensors, files } = openTensors(path);
  const part: Part = { given: path, network: 'ControlNet', tensors, nameInFile: (official) => official };
  if (tensors.has('pos_embed_input.proj.weight')) {
    if (tensors.has('transformer_blocks.0.attn.add_q_proj.weight')) return { network: sd3(part), files };
    if (tensors.has('transformer_blocks.0.adaLN_modulation.1.weight')) return { network: sd35(part), files };
  }
  throw new Fault('weights.wrong_file', {
    option: 'The ControlNet',
    file: path,
    holds: 'no ControlNet of SD3',
    wanted: 'ControlNet',
  });
}

/** Stability's files: names of their own for the blocks, diffusers' names for what is around them. */
function sd35(part: Part): Network<ControlNetGeometry> {
  const renamed = new Map<string, StoredTensor>();
  const around = new Map(
    transformerRules([]).flatMap((rule) => [[rule.diffusers[0]!, rule.official] as const]),
  );
  for (const [name, tensor] of part.tensors) {
    const official = around.get(name) ?? name;
    renamed.set(official, { ...tensor, name: official });
  }
  const own: Part = { ...part, tensors: renamed };
  const [hidden, pooled] = shapeOf(own, 'y_embedder.mlp.0.weight', ['hidden', 'pooled']) as [number, number];
  const [, channels, patch] = shapeOf(own, 'pos_embed_input.proj.weight', [
    hidden,
    'channels',
    'patch',
    'patch',
  ]) as [number, number, number];
  const blocks = blockCount(own, 'transformer_blocks.', 'attn.qkv.weight');
  const type = part.tensors.get('control_type');
  const geometry: ControlNetGeometry = {
    form: hidden === pooled ? 'sd3.5 double' : 'sd3.5',
    blocks,
    hint: (type && HINTS[Math.round(readTensor(type).data[0] ?? 0)]) ?? 'as it is',
    depth: Math.round(hidden / HEAD_SIZE),
    hiddenSize: hidden,
    heads: Math.round(hidden / HEAD_SIZE),
    posEmbedMaxSize: 0,
    latentChannels: channels,
    patchSize: patch,
    contextWidth: 0,
    pooledWidth: pooled,
    qkNorm: 'none',
    dualAttentionBlocks: [],
    embedsPatches: renamed.has('x_embedder.proj.weight'),
  };
  return checkNetwork(own, geometry, sd35Tensors(geometry));
}

function sd35Tensors(g: ControlNetGeometry): Map<string, readonly number[]> {
  const h = g.hiddenSize;
  const tensors = new Map<string, readonly number[]>();
  const linear = (name: string, out: number, into: number) => {
    tensors.set(`${name}.weight`, [out, into]);
    tensors.set(`${name}.bias`, [out]);
  };
  linear('t_embedder.mlp.0', h, FREQUENCIES);
  linear('t_embedder.mlp.2', h, h);
  linear('y_embedder.mlp.0', h, g.pooledWidth);
  linear('y_embedder.mlp.2', h, h);
  if (g.embedsPatches) convolution(tensors, 'x_embedder.proj', g);
  convolution(tensors, 'pos_embed_input.proj', g);
  for (let i = 0; i < g.blocks; i++) {
    const block = `transformer_blocks.${i}`;
    linear(`${block}.adaLN_modulation.1`, 6 * h, h);
    linear(`${block}.attn.qkv`, 3 * h, h);
    linear(`${block}.attn.proj`, h, h);
    linear(`${block}.mlp.fc1`, 4 * h, h);
    linear(`${block}.mlp.fc2`, h, 4 * h);
    linear(`controlnet_blocks.${i}`, h, h);
  }
  return tensors;
}

function convolution(
  tensors: Map<string, readonly number[]>,
  name: string,
  { hiddenSize, latentChannels, patchSize }: MmditGeometry,
): void {
  tensors.set(`${name}.weight`, [hiddenSize, latentChannels, patchSize, patchSize]);
  tensors.set(`${name}.bias`, [hiddenSize]);
}

function sd3(part: Part): Network<ControlNetGeometry> {
  const patches = shapeOf(part, 'pos_embed.proj.weight', ['hidden', 'channels', 'patch', 'patch']);
  const [hidden, channels, patch] = patches as [number, number, number];
  const depth = Math.round(hidden / HEAD_SIZE);
  const renamed = officialTransformer(part.tensors, part.given, depth - 1);
  const extra = [...part.tensors].filter(
    ([name]) => name.startsWith('controlnet_blocks.') || name.startsWith('pos_embed_input.'),
  );
  const own: Part = {
    ...part,
    tensors: new Map([...renamed.tensors, ...extra]),
    nameInFile: (official) => renamed.nameInFile(official),
  };
  const blocks = blockCount(own, 'joint_blocks.', 'x_block.attn.qkv.weight');
  const [, positions] = shapeOf(own, 'pos_embed', [1, 'size * size', hidden]) as [number, number];
  const [, contextWidth] = shapeOf(own, 'context_embedder.weight', [hidden, 'context']) as [number, number];
  const [, pooledWidth] = shapeOf(own, 'y_embedder.mlp.0.weight', [hidden, 'pooled']) as [number, number];
  const geometry: ControlNetGeometry = {
    form: 'sd3',
    blocks,
    hint: 'as it is',
    depth,
    hiddenSize: hidden,
    heads: depth,
    posEmbedMaxSize: Math.round(Math.sqrt(positions)),
    latentChannels: channels,
    patchSize: patch,
    contextWidth,
    pooledWidth,
    qkNorm: own.tensors.has('joint_blocks.0.x_block.attn.ln_k.weight') ? 'rms' : 'none',
    dualAttentionBlocks: Array.from({ length: blocks }, (_, i) => i).filter((i) =>
      own.tensors.has(`joint_blocks.${i}.x_block.attn2.qkv.weight`),
    ),
    embedsPatches: true,
  };
  // One block more than there is, so that none of them is the one that lacks a text output.
  const needed = mmditTensors({ ...geometry, depth: blocks + 1 });
  for (const name of [...needed.keys()])
    if (name.startsWith(`joint_blocks.${blocks}.`) || name.startsWith('final_layer.')) needed.delete(name);
  convolution(needed, 'pos_embed_input.proj', geometry);
  for (let i = 0; i < blocks; i++) {
    needed.set(`controlnet_blocks.${i}.weight`, [hidden, hidden]);
    needed.set(`controlnet_blocks.${i}.bias`, [hidden]);
  }
  return checkNetwork(own, geometry, needed);
}

/** Which of the ControlNet's outputs is added behind each block of the model; none behind the blocks that have none. */
export function controlByBlock({ form, blocks, depth }: ControlNetGeometry): readonly (number | undefined)[] {
  const isOld = form === 'sd3';
  const each = isOld ? Math.floor(depth / blocks) : Math.ceil(depth / blocks);
  const served = isOld ? each * blocks - 1 : each * blocks;
  return Array.from({ length: Math.min(served, depth) }, (_, block) => Math.floor(block / each));
}
