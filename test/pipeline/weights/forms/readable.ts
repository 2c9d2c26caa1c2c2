/**
 * Every form of the same tiny model that can be drawn with: how its files are made, and how far its picture may be from the
 * plain file's. `most` is the largest and `mean` the mean difference of 8-bit values at 64x64, two steps.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelFiles } from '../../../../pipeline/request.ts';
import type { DType } from '../../../../pipeline/weights/stored-tensor.ts';
import { type GgufTensor, type GgufType, takesType, writeGguf } from './gguf-writer.ts';
import {
  diffusersFolder,
  diffusersMmdit,
  diffusersVae,
  llamaT5,
  nf4,
  openClip,
  sharded,
} from './rearranged.ts';
import {
  absmax,
  floats,
  prefixed,
  type Raw,
  raw,
  type Tensors,
  texts,
  toFloat8,
  transposed,
  under,
  type Values,
  write,
} from './tensors.ts';
import { asStored, type Entry, MMDIT, type Tiny, VAE } from './tiny.ts';

export { readTiny, type Tiny } from './tiny.ts';

export interface Form {
  readonly kind: string;
  readonly make: (folder: string, tiny: Tiny) => Partial<ModelFiles>;
  readonly most: number;
  readonly mean: number;
}

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
