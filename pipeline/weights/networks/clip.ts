/** A CLIP text encoder's geometry read off its shapes, and every tensor that it needs. */
import type { ClipGeometry } from '../geometry.ts';
import { type GeometryFile, proveClaims } from '../geometry-file.ts';
import { blockCount, type Part, shapeOf } from '../part.ts';
import { headCount } from './heads.ts';

export type ClipRole = 'clip_l' | 'clip_g';

/** CLIP-L is OpenAI's (quick gelu) and pooled without its projection; CLIP-G is OpenCLIP's (erf gelu), projected. */
const OFFICIAL = {
  clip_l: { activation: 'quick_gelu', projected: false },
  clip_g: { activation: 'gelu', projected: true },
} as const;

/** @throws Fault weights.* */
export function clipGeometry(part: Part, role: ClipRole, file?: GeometryFile): ClipGeometry {
  const tokens = 'text_model.embeddings.token_embedding.weight';
  const [vocabSize, hiddenSize] = shapeOf(part, tokens, ['vocabulary', 'hidden']) as [number, number];
  const positionTable = 'text_model.embeddings.position_embedding.weight';
  const [positions] = shapeOf(part, positionTable, ['positions', hiddenSize]) as [number];
  const layers = blockCount(part, 'text_model.encoder.layers.', 'mlp.fc1.weight');
  const firstLayer = 'text_model.encoder.layers.0.mlp.fc1.weight';
  const [intermediateSize] = shapeOf(part, firstLayer, ['intermediate', hiddenSize]) as [number];

  const said = file?.[role];
  proveClaims(file, part.given, [
    { key: `${role}.hidden_size`, claimed: said?.hidden_size, found: hiddenSize },
    { key: `${role}.intermediate_size`, claimed: said?.intermediate_size, found: intermediateSize },
    { key: `${role}.num_hidden_layers`, claimed: said?.num_hidden_layers, found: layers },
    { key: `${role}.vocab_size`, claimed: said?.vocab_size, found: vocabSize },
    { key: `${role}.max_position_embeddings`, claimed: said?.max_position_embeddings, found: positions },
  ]);
  return {
    hiddenSize,
    layers,
    heads: headCount(hiddenSize, said?.num_attention_heads, part.given, part.network),
    intermediateSize,
    vocabSize,
    positions,
    activation: said?.hidden_act ?? OFFICIAL[role].activation,
    projected: OFFICIAL[role].projected,
  };
}

/** Official names and shapes (transformers' `CLIPTextModelWithProjection`). */
export function clipTensors(g: ClipGeometry): Map<string, readonly number[]> {
  const h = g.hiddenSize;
  const tensors = new Map<string, readonly number[]>();
  const layer = (name: string, out: number, into?: number) => {
    tensors.set(`${name}.weight`, into === undefined ? [out] : [out, into]);
    tensors.set(`${name}.bias`, [out]);
  };
  tensors.set('text_model.embeddings.token_embedding.weight', [g.vocabSize, h]);
  tensors.set('text_model.embeddings.position_embedding.weight', [g.positions, h]);
  for (let i = 0; i < g.layers; i++) {
    const name = `text_model.encoder.layers.${i}`;
    layer(`${name}.layer_norm1`, h);
    for (const projection of ['q_proj', 'k_proj', 'v_proj', 'out_proj'])
      layer(`${name}.self_attn.${projection}`, h, h);
    layer(`${name}.layer_norm2`, h);
    layer(`${name}.mlp.fc1`, g.intermediateSize, h);
    layer(`${name}.mlp.fc2`, h, g.intermediateSize);
  }
  layer('text_model.final_layer_norm', h);
  if (g.projected) tensors.set('text_projection.weight', [h, h]);
  return tensors;
}
