/** The tiny model's tensors by other names, in other pieces and folders, as other programs store them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformerRules, vaeRules } from '../../../../pipeline/weights/diffusers-names.ts';
import {
  absmax,
  below,
  floats,
  prefixed,
  rows,
  type Tensors,
  texts,
  transposed,
  type Values,
  write,
} from './tensors.ts';
import { asStored, type Entry, MMDIT, type Tiny, VAE } from './tiny.ts';

/** As diffusers names and cuts them. */
export function asDiffusers(
  tensors: Tensors,
  rules: ReturnType<typeof transformerRules>,
): Map<string, Values> {
  const renamed = new Map<string, Values>();
  for (const { official, op, diffusers } of rules) {
    const values = tensors.get(official);
    if (!values) continue;
    const count = values.shape[0]!;
    if (op === 'thirds')
      diffusers.forEach(
        (name, i) => void renamed.set(name, rows(values, (count / 3) * i, (count / 3) * (i + 1))),
      );
    else if (op === 'swap_halves')
      renamed.set(diffusers[0]!, below([rows(values, count / 2, count), rows(values, 0, count / 2)]));
    else
      renamed.set(
        diffusers[0]!,
        op === 'squeeze_1x1' ? { ...values, shape: values.shape.slice(0, 2) } : values,
      );
  }
  return renamed;
}
export const diffusersMmdit = ({ mmdit }: Tiny) => asDiffusers(mmdit, transformerRules([0, 1]));
export const diffusersVae = ({ vae }: Tiny) => asDiffusers(vae, vaeRules(4, 3));

export function openClip(
  tensors: Tensors,
  projection: 'text_projection' | 'none' = 'text_projection',
): Map<string, Values> {
  const renamed = new Map<string, Values>();
  const take = (name: string) => tensors.get(name)!;
  renamed.set('token_embedding.weight', take('text_model.embeddings.token_embedding.weight'));
  renamed.set('positional_embedding', take('text_model.embeddings.position_embedding.weight'));
  for (const kind of ['weight', 'bias'])
    renamed.set(`ln_final.${kind}`, take(`text_model.final_layer_norm.${kind}`));
  for (let i = 0; tensors.has(`text_model.encoder.layers.${i}.mlp.fc1.weight`); i++) {
    const ours = `text_model.encoder.layers.${i}.`;
    const theirs = `transformer.resblocks.${i}.`;
    for (const kind of ['weight', 'bias']) {
      const pairs = {
        'ln_1.': 'layer_norm1.',
        'ln_2.': 'layer_norm2.',
        'mlp.c_fc.': 'mlp.fc1.',
        'mlp.c_proj.': 'mlp.fc2.',
        'attn.out_proj.': 'self_attn.out_proj.',
      };
      for (const [to, from] of Object.entries(pairs))
        renamed.set(theirs + to + kind, take(ours + from + kind));
      renamed.set(
        `${theirs}attn.in_proj_${kind}`,
        below(['q', 'k', 'v'].map((part) => take(`${ours}self_attn.${part}_proj.${kind}`))),
      );
    }
  }
  const matrix = tensors.get('text_projection.weight');
  if (matrix && projection === 'text_projection') renamed.set('text_projection', transposed(matrix));
  return renamed;
}

export function llamaT5(tensors: Tensors): Map<string, Values> {
  const pairs: [RegExp, string][] = [
    [/^shared\.weight$/, 'token_embd.weight'],
    [/^encoder\.final_layer_norm/, 'enc.output_norm'],
    [/^encoder\.block\.(\d+)\.layer\.0\.SelfAttention\.relative_attention_bias/, 'enc.blk.$1.attn_rel_b'],
    [/^encoder\.block\.(\d+)\.layer\.0\.SelfAttention\.([qkvo])/, 'enc.blk.$1.attn_$2'],
    [/^encoder\.block\.(\d+)\.layer\.0\.layer_norm/, 'enc.blk.$1.attn_norm'],
    [/^encoder\.block\.(\d+)\.layer\.1\.DenseReluDense\.wi_0/, 'enc.blk.$1.ffn_gate'],
    [/^encoder\.block\.(\d+)\.layer\.1\.DenseReluDense\.wi_1/, 'enc.blk.$1.ffn_up'],
    [/^encoder\.block\.(\d+)\.layer\.1\.DenseReluDense\.wo/, 'enc.blk.$1.ffn_down'],
    [/^encoder\.block\.(\d+)\.layer\.1\.layer_norm/, 'enc.blk.$1.ffn_norm'],
  ];
  return new Map(
    [...tensors].map(([name, values]) => {
      const [pattern, to] = pairs.find(([one]) => one.test(name))!;
      return [name.replace(pattern, to), values];
    }),
  );
}

export function nf4(name: string, values: Values, doubly: boolean): readonly Entry[] {
  const table = [
    -1, -0.6961928, -0.5250731, -0.3949175, -0.2844414, -0.1847734, -0.09105, 0, 0.0795803, 0.1609302,
    0.2461123, 0.3379152, 0.4407098, 0.562617, 0.7229568, 1,
  ];
  const blocks = Math.ceil(values.data.length / 64);
  const largest = Array.from({ length: blocks }, (_, i) => absmax(values.data.subarray(64 * i, 64 * i + 64)));
  const offset = largest.reduce((sum, value) => sum + value, 0) / blocks;
  const coarse = Array.from({ length: 256 }, (_, i) => (i - 128) / 127);
  const spread = Math.max(...largest.map((value) => Math.abs(value - offset))) || 1;
  const places = largest.map((value) => Math.round(((value - offset) / spread) * 127) + 128);
  const used = doubly ? places.map((place) => coarse[place]! * spread + offset) : largest;
  const codes = [...values.data].map((value, i) => {
    const wanted = value / used[Math.floor(i / 64)]!;
    return table.reduce(
      (best, entry, code) => (Math.abs(entry - wanted) < Math.abs(table[best]! - wanted) ? code : best),
      0,
    );
  });
  const packed = Uint8Array.from(
    { length: codes.length / 2 },
    (_, i) => (codes[2 * i]! << 4) | codes[2 * i + 1]!,
  );
  const state = {
    quant_type: 'nf4',
    blocksize: 64,
    dtype: 'float16',
    shape: values.shape,
    ...(doubly ? { nested_blocksize: 256, nested_dtype: 'float32', nested_offset: offset } : {}),
  };
  const nestedBlocks = Math.ceil(blocks / 256);
  return [
    [name, { dtype: 'U8', shape: [packed.length, 1], data: packed }],
    [`${name}.quant_map`, floats(table, [16])],
    doubly
      ? [`${name}.absmax`, { dtype: 'U8', shape: [blocks], data: Uint8Array.from(places) }]
      : [`${name}.absmax`, floats(largest, [blocks])],
    ...(doubly
      ? ([
          [`${name}.nested_quant_map`, floats(coarse, [256])],
          [`${name}.nested_absmax`, floats(Array(nestedBlocks).fill(spread), [nestedBlocks])],
        ] as const)
      : []),
    [`${name}.quant_state.bitsandbytes__nf4`, texts(state)],
  ];
}

export function sharded(folder: string, tiny: Tiny, given: string, withIndex = true): string {
  const all = [...prefixed(MMDIT, asStored(tiny.mmdit)), ...prefixed(VAE, asStored(tiny.vae))];
  const parts = [all.slice(0, 40), all.slice(40)];
  const map: Record<string, string> = {};
  parts.forEach((part, i) => {
    const file = `model-0000${i + 1}-of-00002.safetensors`;
    write(join(folder, file), part);
    for (const [name] of part) map[name] = file;
  });
  if (withIndex)
    writeFileSync(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ metadata: {}, weight_map: map }),
    );
  return join(folder, given);
}

export function diffusersFolder(folder: string, tiny: Tiny): string {
  const home = folder.includes('snapshots') ? folder : join(folder, 'sd35');
  write(join(home, 'transformer/diffusion_pytorch_model.safetensors'), asStored(diffusersMmdit(tiny)));
  write(join(home, 'vae/diffusion_pytorch_model.safetensors'), asStored(diffusersVae(tiny)));
  write(join(home, 'text_encoder/model.safetensors'), asStored(tiny.clipL));
  write(join(home, 'text_encoder_2/model.safetensors'), asStored(tiny.clipG));
  write(join(home, 'text_encoder_3/model.safetensors'), asStored(tiny.t5));
  writeFileSync(join(home, 'model_index.json'), JSON.stringify({ _class_name: 'StableDiffusion3Pipeline' }));
  return home;
}
