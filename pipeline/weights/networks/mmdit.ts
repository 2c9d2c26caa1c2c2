/** The diffusion transformer's geometry read off its shapes, and every tensor that a geometry needs. */
import type { MmditGeometry } from '../geometry.ts';
import { type Claim, contradicted, type GeometryFile, proveClaims } from '../geometry-file.ts';
import { blockCount, type Part, shapeOf, wrongShape } from '../part.ts';
import { headCount } from './heads.ts';

/** Features of the timestep's sinusoid (`TimestepEmbedder.frequency_embedding_size`). */
const FREQUENCIES = 256;
const MLP_RATIO = 4;
/** Patches a side up to which computed positions are used: as far as Large's own table reaches. */
const COMPUTED_POSITIONS = 192;

/**
 * As sd3.5's `sd3_infer.py` and ComfyUI's `detect_unet_config` read it: sizes from the embedders, dual attention
 * where `attn2` is, rms norms where `ln_k` is.
 * @throws Fault weights.*
 */
export function mmditGeometry(part: Part, file?: GeometryFile): MmditGeometry {
  const patchShape = shapeOf(part, 'x_embedder.proj.weight', ['hidden', 'channels', 'patch', 'patch']);
  const [hiddenSize, latentChannels, patchSize] = patchShape as [number, number, number];
  const positionsComputed = part.tensors.has('pos_embed') ? undefined : (true as const);
  const posEmbedMaxSize = positionsComputed ? COMPUTED_POSITIONS : tableSide(part, hiddenSize);
  const [, contextWidth] = shapeOf(part, 'context_embedder.weight', [hiddenSize, 'context']);
  const [, pooledWidth] = shapeOf(part, 'y_embedder.mlp.0.weight', [hiddenSize, 'pooled']);
  const depth = blockCount(part, 'joint_blocks.', 'x_block.attn.qkv.weight');
  const numbers = Array.from({ length: depth }, (_, i) => i);
  const dualAttentionBlocks = numbers.filter((i) =>
    part.tensors.has(`joint_blocks.${i}.x_block.attn2.qkv.weight`),
  );

  const norm = 'joint_blocks.0.x_block.attn.ln_k.weight';
  const qkNorm = part.tensors.has(norm) ? 'rms' : 'none';
  const read = { depth, hiddenSize, posEmbedMaxSize, qkNorm, dualAttentionBlocks } as const;
  const saidHeads = proveMmditClaims(file, part.given, read);
  const headsByNorm = qkNorm === 'rms' ? hiddenSize / shapeOf(part, norm, ['head size'])[0]! : undefined;
  const heads = headCount(hiddenSize, headsByNorm ?? saidHeads, part.given, part.network);
  proveClaims(file, part.given, [
    { key: 'mmdit.num_heads', claimed: saidHeads, found: heads },
    { key: 'context_dim', claimed: file?.context_dim, found: contextWidth! },
    { key: 'adm_in_channels', claimed: file?.adm_in_channels, found: pooledWidth! },
  ]);
  return {
    ...read,
    ...(positionsComputed && { positionsComputed }),
    heads,
    latentChannels,
    patchSize,
    contextWidth: contextWidth!,
    pooledWidth: pooledWidth!,
  };
}

function tableSide(part: Part, hiddenSize: number): number {
  const [, positions] = shapeOf(part, 'pos_embed', [1, 'size * size', hiddenSize]) as [number, number];
  const side = Math.round(Math.sqrt(positions));
  if (side ** 2 !== positions) throw wrongShape(part, 'pos_embed', [1, 'size * size', hiddenSize]);
  return side;
}

type ReadGeometry = Pick<
  MmditGeometry,
  'depth' | 'hiddenSize' | 'posEmbedMaxSize' | 'qkNorm' | 'dualAttentionBlocks'
>;

/**
 * A geometry file may describe several checkpoints: one of them must be this one.
 * @returns the heads that it says
 */
function proveMmditClaims(
  file: GeometryFile | undefined,
  weights: string,
  read: ReadGeometry,
): number | undefined {
  const candidates = Object.entries(file?.mmdit ?? {}).map(([name, said]) => ({
    said,
    claims: [
      { key: `mmdit.${name}.depth`, claimed: said.depth, found: read.depth },
      { key: `mmdit.${name}.hidden_size`, claimed: said.hidden_size, found: read.hiddenSize },
      {
        key: `mmdit.${name}.pos_embed_max_size`,
        claimed: said.pos_embed_max_size,
        found: read.posEmbedMaxSize,
      },
      {
        key: `mmdit.${name}.x_block_self_attn_layers`,
        claimed: said.x_block_self_attn_layers,
        found: read.dualAttentionBlocks,
      },
      {
        key: `mmdit.${name}.qk_norm`,
        claimed: said.qk_norm === null ? 'none' : said.qk_norm,
        found: read.qkNorm,
      },
    ] satisfies Claim[],
  }));
  const wrongs = (claims: readonly Claim[]) => claims.filter(contradicted).length;
  const [nearest] = candidates.toSorted((a, b) => wrongs(a.claims) - wrongs(b.claims));
  if (nearest) proveClaims(file, weights, nearest.claims);
  return nearest?.said.num_heads;
}

/** Official names and shapes (`mmditx.py` with `qk_norm`, `x_block_self_attn_layers` and a context-pre-only last block). */
export function mmditTensors(g: MmditGeometry): Map<string, readonly number[]> {
  const h = g.hiddenSize;
  const tensors = new Map<string, readonly number[]>();
  const linear = (name: string, out: number, into: number) => {
    tensors.set(`${name}.weight`, [out, into]);
    tensors.set(`${name}.bias`, [out]);
  };
  const attention = (name: string, projected: boolean) => {
    linear(`${name}.qkv`, 3 * h, h);
    if (projected) linear(`${name}.proj`, h, h);
    if (g.qkNorm === 'none') return;
    for (const norm of ['ln_q', 'ln_k']) tensors.set(`${name}.${norm}.weight`, [h / g.heads]);
  };
  const mlp = (name: string) => {
    linear(`${name}.fc1`, MLP_RATIO * h, h);
    linear(`${name}.fc2`, h, MLP_RATIO * h);
  };

  if (!g.positionsComputed) tensors.set('pos_embed', [1, g.posEmbedMaxSize ** 2, h]);
  tensors.set('x_embedder.proj.weight', [h, g.latentChannels, g.patchSize, g.patchSize]);
  tensors.set('x_embedder.proj.bias', [h]);
  linear('t_embedder.mlp.0', h, FREQUENCIES);
  linear('t_embedder.mlp.2', h, h);
  linear('y_embedder.mlp.0', h, g.pooledWidth);
  linear('y_embedder.mlp.2', h, h);
  linear('context_embedder', h, g.contextWidth);
  for (let i = 0; i < g.depth; i++) {
    const context = `joint_blocks.${i}.context_block`;
    const image = `joint_blocks.${i}.x_block`;
    const last = i === g.depth - 1;
    const dual = g.dualAttentionBlocks.includes(i);
    // The last block's context goes nowhere: only its keys, queries and values are needed.
    attention(`${context}.attn`, !last);
    if (!last) mlp(`${context}.mlp`);
    linear(`${context}.adaLN_modulation.1`, (last ? 2 : 6) * h, h);
    attention(`${image}.attn`, true);
    if (dual) attention(`${image}.attn2`, true);
    mlp(`${image}.mlp`);
    linear(`${image}.adaLN_modulation.1`, (dual ? 9 : 6) * h, h);
  }
  linear('final_layer.linear', g.patchSize ** 2 * g.latentChannels, h);
  linear('final_layer.adaLN_modulation.1', 2 * h, h);
  return tensors;
}
