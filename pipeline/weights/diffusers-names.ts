/**
 * How diffusers names and cuts the official tensors: one rule table, from which both directions follow.
 * Source: diffusers' `convert_sd3_transformer_checkpoint_to_diffusers` and `convert_ldm_vae_checkpoint`; checked
 * against every name of both real models.
 */

/**
 * What became of an official tensor in diffusers:
 * `copy`; `thirds`: a fused qkv cut into three along dimension 0; `swap_halves`: shift and scale exchanged along
 * dimension 0 (official order is shift, scale); `squeeze_1x1`: a 1x1 convolution stored as a matrix.
 */
export type DiffusersOp = 'copy' | 'thirds' | 'swap_halves' | 'squeeze_1x1';

export interface DiffusersRule {
  /** Official name without any prefix. */
  readonly official: string;
  readonly op: DiffusersOp;
  /** Names in the diffusers file: three for `thirds`, else one. */
  readonly diffusers: readonly string[];
}

type Pair = readonly [official: string, diffusers: string | readonly string[], op?: DiffusersOp];

const TRANSFORMER: readonly Pair[] = [
  ['x_embedder.proj', 'pos_embed.proj'],
  ['t_embedder.mlp.0', 'time_text_embed.timestep_embedder.linear_1'],
  ['t_embedder.mlp.2', 'time_text_embed.timestep_embedder.linear_2'],
  ['y_embedder.mlp.0', 'time_text_embed.text_embedder.linear_1'],
  ['y_embedder.mlp.2', 'time_text_embed.text_embedder.linear_2'],
  ['context_embedder', 'context_embedder'],
  ['final_layer.linear', 'proj_out'],
  ['final_layer.adaLN_modulation.1', 'norm_out.linear', 'swap_halves'],
];

const JOINT_BLOCK: readonly Pair[] = [
  ['x_block.attn.qkv', ['attn.to_q', 'attn.to_k', 'attn.to_v'], 'thirds'],
  ['x_block.attn.proj', 'attn.to_out.0'],
  ['x_block.attn.ln_q', 'attn.norm_q'],
  ['x_block.attn.ln_k', 'attn.norm_k'],
  ['x_block.attn2.qkv', ['attn2.to_q', 'attn2.to_k', 'attn2.to_v'], 'thirds'],
  ['x_block.attn2.proj', 'attn2.to_out.0'],
  ['x_block.attn2.ln_q', 'attn2.norm_q'],
  ['x_block.attn2.ln_k', 'attn2.norm_k'],
  ['x_block.mlp.fc1', 'ff.net.0.proj'],
  ['x_block.mlp.fc2', 'ff.net.2'],
  ['x_block.adaLN_modulation.1', 'norm1.linear'],
  ['context_block.attn.qkv', ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj'], 'thirds'],
  ['context_block.attn.proj', 'attn.to_add_out'],
  ['context_block.attn.ln_q', 'attn.norm_added_q'],
  ['context_block.attn.ln_k', 'attn.norm_added_k'],
  ['context_block.mlp.fc1', 'ff_context.net.0.proj'],
  ['context_block.mlp.fc2', 'ff_context.net.2'],
];
const CONTEXT_MODULATION: Pair = ['context_block.adaLN_modulation.1', 'norm1_context.linear'];

/**
 * @param blocks the numbers of the transformer blocks
 * @param last the block whose context modulation has its halves swapped: that of a whole transformer is its last one
 */
export function transformerRules(blocks: readonly number[], last = blocks.at(-1)): DiffusersRule[] {
  const perBlock = blocks.flatMap((i) => {
    const modulation: Pair =
      i === last ? [CONTEXT_MODULATION[0], CONTEXT_MODULATION[1], 'swap_halves'] : CONTEXT_MODULATION;
    return under(`joint_blocks.${i}.`, `transformer_blocks.${i}.`, [...JOINT_BLOCK, modulation]);
  });
  return [
    { official: 'pos_embed', op: 'copy', diffusers: ['pos_embed.pos_embed'] },
    ...[...TRANSFORMER, ...perBlock].flatMap(weightAndBias),
  ];
}

const RES_BLOCK: readonly Pair[] = [
  ['norm1', 'norm1'],
  ['conv1', 'conv1'],
  ['norm2', 'norm2'],
  ['conv2', 'conv2'],
  ['nin_shortcut', 'conv_shortcut'],
];

const MID: readonly Pair[] = [
  ...under('block_1.', 'resnets.0.', RES_BLOCK),
  ...under('block_2.', 'resnets.1.', RES_BLOCK),
  ...under('attn_1.', 'attentions.0.', [
    ['norm', 'group_norm'],
    ['q', 'to_q', 'squeeze_1x1'],
    ['k', 'to_k', 'squeeze_1x1'],
    ['v', 'to_v', 'squeeze_1x1'],
    ['proj_out', 'to_out.0', 'squeeze_1x1'],
  ]),
];

/**
 * @param levels number of resolutions; diffusers counts the decoder's from the smallest, the official code from the largest
 * @param blocks most residual blocks in one level (the decoder's: one more than the encoder's)
 */
export function vaeRules(levels: number, blocks: number): DiffusersRule[] {
  const pairs: Pair[] = ['encoder', 'decoder'].flatMap((side) => [
    ...under(`${side}.`, `${side}.`, [
      ['conv_in', 'conv_in'],
      ['norm_out', 'conv_norm_out'],
      ['conv_out', 'conv_out'],
    ]),
    ...under(`${side}.mid.`, `${side}.mid_block.`, MID),
  ]);
  for (let level = 0; level < levels; level++) {
    const down = [`encoder.down.${level}.`, `encoder.down_blocks.${level}.`] as const;
    const up = [`decoder.up.${level}.`, `decoder.up_blocks.${levels - 1 - level}.`] as const;
    for (const [official, diffusers] of [down, up])
      for (let block = 0; block < blocks; block++)
        pairs.push(...under(`${official}block.${block}.`, `${diffusers}resnets.${block}.`, RES_BLOCK));
    pairs.push([`${down[0]}downsample.conv`, `${down[1]}downsamplers.0.conv`]);
    pairs.push([`${up[0]}upsample.conv`, `${up[1]}upsamplers.0.conv`]);
  }
  return pairs.flatMap(weightAndBias);
}

function under(official: string, diffusers: string, pairs: readonly Pair[]): Pair[] {
  return pairs.map(([left, right, op]) => [
    official + left,
    typeof right === 'string' ? diffusers + right : right.map((name) => diffusers + name),
    op ?? 'copy',
  ]);
}

/** A layer's weight and bias are treated alike, but only a weight has 1x1 sides to squeeze. */
function weightAndBias([official, diffusers, op = 'copy']: Pair): DiffusersRule[] {
  const names = [diffusers].flat() as string[];
  return ['weight', 'bias'].map((kind) => ({
    official: `${official}.${kind}`,
    op: op === 'squeeze_1x1' && kind === 'bias' ? 'copy' : op,
    diffusers: names.map((name) => `${name}.${kind}`),
  }));
}
