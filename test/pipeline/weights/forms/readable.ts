/**
 * Every form of the same tiny model that can be drawn with: how its files are made, and how far its picture may be from the
 * plain file's. `most` is the largest and `mean` the mean difference of 8-bit values at 64x64, two steps.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHIPPED_TOKENIZERS } from '../../../../config/tokenizer-files.ts';
import type { ModelFiles } from '../../../../pipeline/request.ts';
import { transformerRules, vaeRules } from '../../../../pipeline/weights/diffusers-names.ts';
import type { DType } from '../../../../pipeline/weights/stored-tensor.ts';
import { type GgufTensor, type GgufType, takesType, writeGguf } from './gguf-writer.ts';
import {
  absmax,
  below,
  floats,
  prefixed,
  type Raw,
  raw,
  readAll,
  rows,
  type Tensors,
  texts,
  toFloat8,
  transposed,
  under,
  type Values,
  write,
} from './tensors.ts';

export interface Form {
  readonly kind: string;
  readonly make: (folder: string, tiny: Tiny) => Partial<ModelFiles>;
  readonly most: number;
  readonly mean: number;
}

export interface Tiny {
  readonly files: ModelFiles;
  readonly mmdit: Tensors;
  readonly vae: Tensors;
  readonly clipL: Tensors;
  readonly clipG: Tensors;
  readonly t5: Tensors;
}

export function readTiny(path: (...parts: string[]) => string): Tiny {
  const large = readAll(path('tiny', 'tiny_large.safetensors'));
  return {
    files: {
      checkpoint: path('tiny', 'tiny_large.safetensors'),
      clipL: path('tiny', 'tiny_clip_l.safetensors'),
      clipG: path('tiny', 'tiny_clip_g.safetensors'),
      t5: path('tiny', 'tiny_t5xxl.safetensors'),
      geometry: path('tiny', 'config.json'),
      tokenizers: SHIPPED_TOKENIZERS,
    },
    mmdit: under('model.diffusion_model.', large),
    vae: under('first_stage_model.', large),
    clipL: readAll(path('tiny', 'tiny_clip_l.safetensors')),
    clipG: readAll(path('tiny', 'tiny_clip_g.safetensors')),
    t5: readAll(path('tiny', 'tiny_t5xxl.safetensors')),
  };
}

const MMDIT = 'model.diffusion_model.';
const VAE = 'first_stage_model.';
type Entry = readonly [string, Raw];

const asStored = (tensors: Tensors): Entry[] => [...tensors].map(([name, values]) => [name, raw(values)]);
const asType = (tensors: Tensors, dtype: DType): Entry[] =>
  [...tensors].map(([name, values]) => [name, raw(values, dtype)]);
const matrices = (name: string, { shape }: Values) =>
  name.startsWith('joint_blocks') && name.endsWith('.weight') && shape.length === 2;

/** The checkpoint with its blocks' matrices quantised, everything else as it was. */
function quantised(
  folder: string,
  { mmdit, vae }: Tiny,
  quantise: (name: string, values: Values) => readonly Entry[],
) {
  const entries = [...mmdit].flatMap(([name, values]) =>
    matrices(name, values) ? quantise(name, values) : [[name, raw(values)] as const],
  );
  const checkpoint = write(join(folder, 'model.safetensors'), [
    ...prefixed(MMDIT, entries),
    ...prefixed(VAE, asStored(vae)),
  ]);
  return { checkpoint };
}

const base = (name: string) => name.slice(0, -'.weight'.length);
const float8 = (values: Values, scale = 1): Raw => ({
  dtype: 'F8_E4M3',
  shape: values.shape,
  data: toFloat8(
    values.data.map((value) => value / scale),
    'F8_E4M3',
  ),
});
const int8 = (values: Values, scaleOf: (row: number) => number): Raw => ({
  dtype: 'I8',
  shape: values.shape,
  data: new Uint8Array(
    Int8Array.from(values.data, (value, i) => Math.round(value / scaleOf(Math.floor(i / values.shape[1]!))))
      .buffer,
  ),
});
const rowMax = (values: Values, row: number) =>
  absmax(values.data.subarray(row * values.shape[1]!, (row + 1) * values.shape[1]!));
const rowScales = (values: Values, top: number) =>
  Array.from({ length: values.shape[0]! }, (_, row) => rowMax(values, row) / top);

/** As diffusers names and cuts them. */
function asDiffusers(tensors: Tensors, rules: ReturnType<typeof transformerRules>): Map<string, Values> {
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
const diffusersMmdit = ({ mmdit }: Tiny) => asDiffusers(mmdit, transformerRules([0, 1]));
const diffusersVae = ({ vae }: Tiny) => asDiffusers(vae, vaeRules(4, 3));

function openClip(
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

function llamaT5(tensors: Tensors): Map<string, Values> {
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

const ggufOf = (tensors: Tensors, type: GgufType): Map<string, GgufTensor> =>
  new Map(
    [...tensors].map(([name, values]) => [
      name,
      { values, type: takesType(values, type) ? type : values.shape.length <= 1 ? 'F32' : 'F16' },
    ]),
  );

const gguf = (type: GgufType, most: number, mean: number, reshaped = false): Form => ({
  kind: `GGUF ${type}${reshaped ? ', shapes stored beside it' : ''}`,
  make: (folder, tiny) => {
    const tensors = reshaped
      ? new Map(
          [...tiny.mmdit].map(([name, values]) => [
            name,
            {
              values,
              type:
                values.shape.length === 2 && values.data.length % 256 === 0 && name.startsWith('joint')
                  ? type
                  : ('F16' as const),
            },
          ]),
        )
      : ggufOf(tiny.mmdit, type);
    const vae = write(join(folder, 'vae.safetensors'), asStored(tiny.vae));
    return { checkpoint: writeGguf(join(folder, 'model.gguf'), tensors, 'sd3', reshaped), vae };
  },
  most,
  mean,
});

const exact = { most: 0, mean: 0 };
/** float16 of float32 weights. */
const nearly = { most: 3, mean: 0.05 };

export const READABLE: readonly Form[] = [
  {
    kind: 'float64',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), [
        ...prefixed(MMDIT, asType(tiny.mmdit, 'F64')),
        ...prefixed(VAE, asStored(tiny.vae)),
      ]),
    }),
  },
  {
    kind: 'float16',
    ...nearly,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), [
        ...prefixed(MMDIT, asType(tiny.mmdit, 'F16')),
        ...prefixed(VAE, asStored(tiny.vae)),
      ]),
    }),
  },
  {
    kind: 'bfloat16',
    most: 6,
    mean: 0.5,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), [
        ...prefixed(MMDIT, asType(tiny.mmdit, 'BF16')),
        ...prefixed(VAE, asStored(tiny.vae)),
      ]),
    }),
  },
  {
    kind: 'float8 e4m3',
    most: 160,
    mean: 18,
    make: (folder, tiny) => quantised(folder, tiny, (name, values) => [[name, raw(values, 'F8_E4M3')]]),
  },
  {
    kind: 'float8 e5m2',
    most: 70,
    mean: 6,
    make: (folder, tiny) => quantised(folder, tiny, (name, values) => [[name, raw(values, 'F8_E5M2')]]),
  },
  {
    kind: 'scaled float8, scale_weight',
    most: 30,
    mean: 3,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scale = absmax(values.data) / 448;
        return [
          [name, float8(values, scale)],
          [`${base(name)}.scale_weight`, floats([scale], [])],
        ];
      }),
  },
  {
    kind: 'scaled float8, weight_scale',
    most: 30,
    mean: 3,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scale = absmax(values.data) / 448;
        return [
          [name, float8(values, scale)],
          [`${base(name)}.weight_scale`, floats([scale], [])],
          [`${base(name)}.input_scale`, floats([1], [])],
        ];
      }),
  },
  {
    kind: 'scaled float8, comfy_quant',
    most: 30,
    mean: 3,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scale = absmax(values.data) / 448;
        return [
          [name, float8(values, scale)],
          [`${base(name)}.weight_scale`, floats([scale], [])],
          [`${base(name)}.comfy_quant`, texts({ format: 'float8_e4m3fn' })],
        ];
      }),
  },
  {
    kind: 'float8 as plain bytes, comfy_quant',
    most: 30,
    mean: 3,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scale = absmax(values.data) / 448;
        return [
          [name, { ...float8(values, scale), dtype: 'U8' }],
          [`${base(name)}.weight_scale`, floats([scale], [])],
          [`${base(name)}.comfy_quant`, texts({ format: 'float8_e4m3fn' })],
        ];
      }),
  },
  {
    kind: 'float8, a scale a row',
    most: 35,
    mean: 3,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scales = rowScales(values, 448);
        const data = toFloat8(
          values.data.map((value, i) => value / scales[Math.floor(i / values.shape[1]!)]!),
          'F8_E4M3',
        );
        return [
          [name, { dtype: 'F8_E4M3', shape: values.shape, data }],
          [`${base(name)}.weight_scale`, floats(scales, [scales.length, 1])],
        ];
      }),
  },
  {
    kind: 'int8, one scale (int8_tensorwise)',
    most: 170,
    mean: 16,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scale = absmax(values.data) / 127;
        return [
          [name, int8(values, () => scale)],
          [`${base(name)}.weight_scale`, floats([scale], [])],
          [`${base(name)}.comfy_quant`, texts({ format: 'int8_tensorwise' })],
        ];
      }),
  },
  {
    kind: 'int8, a scale a row',
    most: 12,
    mean: 1,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scales = rowScales(values, 127);
        return [
          [name, int8(values, (row) => scales[row]!)],
          [`${base(name)}.weight_scale`, floats(scales, [scales.length, 1])],
        ];
      }),
  },
  {
    kind: 'int8, a scale a block (int8_blockwise)',
    most: 18,
    mean: 1.5,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const [out, width] = values.shape as [number, number];
        const [down, across] = [Math.ceil(out / 128), Math.ceil(width / 128)];
        const scales = new Float32Array(down * across);
        values.data.forEach((value, i) => {
          const at = Math.floor(Math.floor(i / width) / 128) * across + Math.floor((i % width) / 128);
          scales[at] = Math.max(scales[at]!, Math.abs(value) / 127);
        });
        const data = Int8Array.from(values.data, (value, i) =>
          Math.round(
            value / scales[Math.floor(Math.floor(i / width) / 128) * across + Math.floor((i % width) / 128)]!,
          ),
        );
        return [
          [name, { dtype: 'I8', shape: values.shape, data: new Uint8Array(data.buffer) }],
          [`${base(name)}.weight_scale`, floats(scales, [down, across])],
          [`${base(name)}.comfy_quant`, texts({ format: 'int8_blockwise', group_size: 128 })],
        ];
      }),
  },
  {
    kind: 'bitsandbytes int8 (SCB)',
    most: 12,
    mean: 1,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scales = rowScales(values, 1);
        return [
          [name, int8(values, (row) => scales[row]! / 127)],
          [`${base(name)}.SCB`, floats(scales, [scales.length])],
        ];
      }),
  },
  {
    kind: 'optimum-quanto int8',
    most: 12,
    mean: 1,
    make: (folder, tiny) =>
      quantised(folder, tiny, (name, values) => {
        const scales = rowScales(values, 127);
        return [
          [`${name}._data`, int8(values, (row) => scales[row]!)],
          [`${name}._scale`, floats(scales, [scales.length, 1])],
        ];
      }),
  },
  {
    kind: 'bitsandbytes nf4',
    most: 130,
    mean: 12,
    make: (folder, tiny) => quantised(folder, tiny, (name, values) => nf4(name, values, false)),
  },
  {
    kind: 'bitsandbytes nf4, doubly quantised',
    most: 130,
    mean: 12,
    make: (folder, tiny) => quantised(folder, tiny, (name, values) => nf4(name, values, true)),
  },
  gguf('F16', 3, 0.05),
  gguf('Q8_0', 16, 1.5),
  gguf('Q5_1', 90, 8),
  gguf('Q5_0', 90, 8),
  gguf('Q4_1', 130, 16),
  gguf('Q4_0', 150, 16),
  gguf('Q6_K', 12, 1),
  gguf('Q5_K', 18, 2),
  gguf('Q4_K', 40, 4),
  gguf('Q6_K', 35, 3, true),
  gguf('Q4_K', 100, 10, true),
  {
    kind: 'GGUF of T5 by llama.cpp’s names, Q8_0',
    most: 15,
    mean: 1.5,
    make: (folder, tiny) => ({
      t5: writeGguf(join(folder, 't5.gguf'), ggufOf(llamaT5(tiny.t5), 'Q8_0'), 't5encoder'),
    }),
  },
  {
    kind: 'GGUF of T5 by llama.cpp’s names, Q4_0',
    most: 100,
    mean: 10,
    make: (folder, tiny) => ({
      t5: writeGguf(join(folder, 't5.gguf'), ggufOf(llamaT5(tiny.t5), 'Q4_0'), 't5encoder'),
    }),
  },
  {
    kind: 'GGUF of T5 by its own names, F16',
    ...exact,
    make: (folder, tiny) => ({ t5: writeGguf(join(folder, 't5.gguf'), ggufOf(tiny.t5, 'F16'), 't5') }),
  },
  {
    kind: 'a diffusion model without prefix, VAE beside it',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), asStored(tiny.mmdit)),
      vae: write(join(folder, 'v.safetensors'), asStored(tiny.vae)),
    }),
  },
  ...['diffusion_model.', 'model.', 'net.', 'transformer.'].map(
    (prefix): Form => ({
      kind: `prefix ${prefix}`,
      ...exact,
      make: (folder, tiny) => ({
        checkpoint: write(join(folder, 'a.safetensors'), prefixed(prefix, asStored(tiny.mmdit))),
        vae: write(join(folder, 'v.safetensors'), prefixed('vae.', asStored(tiny.vae))),
      }),
    }),
  ),
  {
    kind: 'diffusers names under model.diffusion_model.',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), [
        ...prefixed(MMDIT, asStored(diffusersMmdit(tiny))),
        ...prefixed(VAE, asStored(tiny.vae)),
      ]),
    }),
  },
  {
    kind: 'diffusers names, q, k and v of different types',
    most: 120,
    mean: 4,
    make: (folder, tiny) => ({
      checkpoint: write(
        join(folder, 'a.safetensors'),
        [...diffusersMmdit(tiny)].map(
          ([name, values]): Entry => [
            name,
            raw(values, /to_q\.weight/.test(name) ? 'F8_E4M3' : /to_k\.weight/.test(name) ? 'BF16' : 'F32'),
          ],
        ),
      ),
      vae: write(join(folder, 'v.safetensors'), asStored(tiny.vae)),
    }),
  },
  {
    kind: 'VAE in diffusers names, matrices in its attention',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), asStored(tiny.mmdit)),
      vae: write(join(folder, 'v.safetensors'), asStored(diffusersVae(tiny))),
    }),
  },
  {
    kind: 'VAE in diffusers’ older names (query, key, value)',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), asStored(tiny.mmdit)),
      vae: write(
        join(folder, 'v.safetensors'),
        asStored(
          new Map(
            [...diffusersVae(tiny)].map(([name, values]) => [
              name
                .replace('.to_q.', '.query.')
                .replace('.to_k.', '.key.')
                .replace('.to_v.', '.value.')
                .replace('.to_out.0.', '.proj_attn.'),
              values,
            ]),
          ),
        ),
      ),
    }),
  },
  {
    kind: 'VAE with matrices in its attention by its own names',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), asStored(tiny.mmdit)),
      vae: write(
        join(folder, 'v.safetensors'),
        asStored(
          new Map(
            [...tiny.vae].map(([name, values]) => [
              name,
              /attn_1\.(q|k|v|proj_out)\.weight/.test(name)
                ? { ...values, shape: values.shape.slice(0, 2) }
                : values,
            ]),
          ),
        ),
      ),
    }),
  },
  {
    kind: 'CLIP-G by open_clip’s names, old text_projection',
    ...exact,
    make: (folder, tiny) => ({ clipG: write(join(folder, 'g.safetensors'), asStored(openClip(tiny.clipG))) }),
  },
  {
    kind: 'CLIP-L by OpenAI’s names, with its image half',
    ...exact,
    make: (folder, tiny) => ({
      clipL: write(join(folder, 'l.safetensors'), [
        ...asStored(openClip(tiny.clipL)),
        ['visual.conv1.weight', floats(new Float32Array(12), [1, 3, 2, 2])],
        ['logit_scale', floats([1], [])],
      ]),
    }),
  },
  {
    kind: 'CLIP-L under clip_l.transformer.',
    ...exact,
    make: (folder, tiny) => ({
      clipL: write(join(folder, 'l.safetensors'), prefixed('clip_l.transformer.', asStored(tiny.clipL))),
    }),
  },
  {
    kind: 'CLIP-G with text_projection as a bare matrix',
    ...exact,
    make: (folder, tiny) => ({
      clipG: write(
        join(folder, 'g.safetensors'),
        [...asStored(tiny.clipG)].map(
          ([name, tensor]): Entry =>
            name === 'text_projection.weight'
              ? ['text_projection', raw(transposed(tiny.clipG.get(name)!))]
              : [name, tensor],
        ),
      ),
    }),
  },
  {
    kind: 'CLIP-L without text_model.',
    ...exact,
    make: (folder, tiny) => ({
      clipL: write(join(folder, 'l.safetensors'), asStored(under('text_model.', tiny.clipL))),
    }),
  },
  {
    kind: 'T5 with encoder.embed_tokens.weight',
    ...exact,
    make: (folder, tiny) => ({
      t5: write(
        join(folder, 't.safetensors'),
        asStored(
          new Map(
            [...tiny.t5].map(([name, values]) => [
              name === 'shared.weight' ? 'encoder.embed_tokens.weight' : name,
              values,
            ]),
          ),
        ),
      ),
    }),
  },
  {
    kind: 'an all-in-one checkpoint',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: write(join(folder, 'a.safetensors'), [
        ...prefixed(MMDIT, asStored(tiny.mmdit)),
        ...prefixed(VAE, asStored(tiny.vae)),
        ...prefixed('text_encoders.clip_l.transformer.', asStored(tiny.clipL)),
        ...prefixed('text_encoders.clip_g.transformer.', asStored(tiny.clipG)),
        ...prefixed('text_encoders.t5xxl.transformer.', asStored(tiny.t5)),
      ]),
      clipL: '',
      clipG: '',
      t5: '',
    }),
  },
  {
    kind: 'both CLIPs in one file',
    ...exact,
    make: (folder, tiny) => {
      const file = write(join(folder, 'clips.safetensors'), [
        ...prefixed('clip_l.transformer.', asStored(tiny.clipL)),
        ...prefixed('clip_g.transformer.', asStored(tiny.clipG)),
      ]);
      return { clipL: file, clipG: file };
    },
  },
  {
    kind: 'a sharded checkpoint by its index',
    ...exact,
    make: (folder, tiny) => ({ checkpoint: sharded(folder, tiny, 'model.safetensors.index.json') }),
  },
  {
    kind: 'a sharded checkpoint by one shard',
    ...exact,
    make: (folder, tiny) => ({ checkpoint: sharded(folder, tiny, 'model-00002-of-00002.safetensors') }),
  },
  {
    kind: 'shards without an index',
    ...exact,
    make: (folder, tiny) => ({
      checkpoint: sharded(folder, tiny, 'model-00001-of-00002.safetensors', false),
    }),
  },
  ...['', 'model_index.json', 'transformer', 'transformer/diffusion_pytorch_model.safetensors'].map(
    (part): Form => ({
      kind: `a diffusers folder, given ${part || 'whole'}`,
      ...exact,
      make: (folder, tiny) => ({
        checkpoint: join(diffusersFolder(folder, tiny), part),
        clipL: '',
        clipG: '',
        t5: '',
      }),
    }),
  ),
  {
    kind: 'a repository in a Hugging Face cache',
    ...exact,
    make: (folder, tiny) => {
      const home = join(folder, 'models--o--sd35');
      diffusersFolder(join(home, 'snapshots/abc'), tiny);
      mkdirSync(join(home, 'refs'));
      writeFileSync(join(home, 'refs/main'), 'abc');
      return { checkpoint: home, clipL: '', clipG: '', t5: '' };
    },
  },
  {
    kind: 'a file with another ending',
    ...exact,
    make: (folder, tiny) => {
      mkdirSync(folder, { recursive: true });
      const checkpoint = join(folder, 'Model.bak');
      copyFileSync(tiny.files.checkpoint, checkpoint);
      return { checkpoint };
    },
  },
];

function nf4(name: string, values: Values, doubly: boolean): readonly Entry[] {
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

function sharded(folder: string, tiny: Tiny, given: string, withIndex = true): string {
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

function diffusersFolder(folder: string, tiny: Tiny): string {
  const home = folder.includes('snapshots') ? folder : join(folder, 'sd35');
  write(join(home, 'transformer/diffusion_pytorch_model.safetensors'), asStored(diffusersMmdit(tiny)));
  write(join(home, 'vae/diffusion_pytorch_model.safetensors'), asStored(diffusersVae(tiny)));
  write(join(home, 'text_encoder/model.safetensors'), asStored(tiny.clipL));
  write(join(home, 'text_encoder_2/model.safetensors'), asStored(tiny.clipG));
  write(join(home, 'text_encoder_3/model.safetensors'), asStored(tiny.t5));
  writeFileSync(join(home, 'model_index.json'), JSON.stringify({ _class_name: 'StableDiffusion3Pipeline' }));
  return home;
}
