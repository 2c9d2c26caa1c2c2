/**
 * The optional geometry file: what tensor shapes cannot tell about small or unusual models (heads, group-norm
 * groups, shortest T5 input). What the shapes do tell may stand in it too and must then agree with them.
 */
import { readFileSync, statSync } from 'node:fs';
import * as z from 'zod';
import { Fault } from '../../config/faults.ts';
import { unreadable } from './safetensors.ts';

const MAX_BYTES = 1024 * 1024;
const count = z.int().positive().max(1e9).optional();

const clip = z
  .object({
    hidden_act: z.enum(['quick_gelu', 'gelu']).optional(),
    hidden_size: count,
    intermediate_size: count,
    num_attention_heads: count,
    num_hidden_layers: count,
    vocab_size: count,
    max_position_embeddings: count,
  })
  .optional();

const mmdit = z.object({
  depth: count,
  hidden_size: count,
  num_heads: count,
  pos_embed_max_size: count,
  x_block_self_attn_layers: z.array(z.int().nonnegative()).optional(),
  qk_norm: z.enum(['rms', 'none']).nullish(),
});

const geometry = z.object({
  clip_l: clip,
  clip_g: clip,
  t5xxl: z
    .object({
      d_ff: count,
      d_model: count,
      num_heads: count,
      num_layers: count,
      vocab_size: count,
      d_kv: count,
      relative_attention_num_buckets: count,
      relative_attention_max_distance: count,
      min_length: count,
    })
    .optional(),
  vae: z
    .object({
      ch: count,
      ch_mult: z.array(z.int().positive()).optional(),
      num_res_blocks: count,
      z_channels: count,
      group_norm_groups: count,
    })
    .optional(),
  adm_in_channels: count,
  context_dim: count,
  /** By name (large, medium); a checkpoint must agree with one of them. */
  mmdit: z.record(z.string(), mmdit).optional(),
});

type Contents = z.infer<typeof geometry>;

export interface GeometryFile extends Contents {
  /** The path as it was asked for. */
  readonly given: string;
}

/** @throws Fault weights.unreadable, weights.geometry_file */
export function readGeometryFile(given: string): GeometryFile {
  const refuse = (reason: string) => new Fault('weights.geometry_file', { file: given, reason });
  let text: string;
  try {
    const stat = statSync(given);
    if (!stat.isFile() || stat.size > MAX_BYTES) throw refuse(`it is no file of at most ${MAX_BYTES} bytes`);
    text = readFileSync(given, 'utf8');
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(given, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('it is not JSON');
  }
  const parsed = geometry.safeParse(value);
  if (parsed.success) return { given, ...parsed.data };
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

/** A value of the geometry file beside what the shapes say; `key` as a path in the file: `clip_l.hidden_size`. */
export interface Claim {
  readonly key: string;
  readonly claimed: number | string | readonly number[] | null | undefined;
  readonly found: number | string | readonly number[];
}

/**
 * Compares claims that are made at all with the shapes.
 * @param weights the model file, for the sentence
 * @throws Fault weights.geometry_contradicted for the first that differs
 */
export function proveClaims(file: GeometryFile | undefined, weights: string, claims: readonly Claim[]): void {
  const wrong = claims.find(contradicted);
  if (!file || !wrong) return;
  const { key, claimed, found } = wrong;
  throw new Fault('weights.geometry_contradicted', {
    geometry: file.given,
    key,
    value: String(claimed),
    file: weights,
    found: Array.isArray(found) ? `[${found}]` : String(found),
  });
}

export function contradicted({ claimed, found }: Claim): boolean {
  return claimed !== undefined && claimed !== null && String(claimed) !== String(found);
}
