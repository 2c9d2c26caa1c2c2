import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { absentEncoders, openModel } from '../../pipeline/weights/open-model.ts';
import { openSafetensors } from '../../pipeline/weights/safetensors.ts';
import { faultOf } from '../pipeline/weights/fault-of.ts';
import { temporaryFolder } from '../pipeline/weights/folder.ts';
import { bytesOf, type TensorToWrite, writeSafetensors } from '../pipeline/weights/write-safetensors.ts';
import { reference } from '../reference.ts';

const path = temporaryFolder();
const tiny = (name: string) => reference().path('tiny', name);
const files = {
  checkpoint: tiny('tiny_large.safetensors'),
  clipL: tiny('tiny_clip_l.safetensors'),
  clipG: tiny('tiny_clip_g.safetensors'),
  t5: tiny('tiny_t5xxl.safetensors'),
  tokenizers: '',
  geometry: tiny('config.json'),
};
type Option = 'checkpoint' | 'clipL' | 'clipG' | 't5';
type Tensors = Map<string, TensorToWrite>;

/** The model with one of its files rewritten (all zeros, names and shapes kept) after a change to its tensors. */
function openChanged(option: Option, change: (tensors: Tensors) => void, geometry = files.geometry) {
  const stored = openSafetensors(files[option]).tensors;
  const tensors: Tensors = new Map(
    [...stored].map(([name, { dtype, shape }]) => [name, { name, dtype, shape }]),
  );
  change(tensors);
  const changed = path(`${option}.safetensors`);
  writeSafetensors(changed, [...tensors.values()]);
  return openModel({ ...files, [option]: changed, geometry });
}

const edit = (name: string, values: Partial<TensorToWrite>) => (tensors: Tensors) => {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the tiny file has no ${name}`);
  tensors.set(name, { ...tensor, ...values });
};
const remove = (name: string) => (tensors: Tensors) => {
  if (!tensors.delete(name)) throw new Error(`the tiny file has no ${name}`);
};
const add = (tensor: TensorToWrite) => (tensors: Tensors) => {
  tensors.set(tensor.name, tensor);
};

const MMDIT = 'model.diffusion_model.';
const VAE = 'first_stage_model.';
const CLIP = 'text_model.encoder.layers.1';
const T5 = 'encoder.block.1.layer.0.SelfAttention';

test('the files open where nothing is changed', () => {
  for (const option of ['checkpoint', 'clipL', 'clipG', 't5'] as const)
    expect(openChanged(option, () => {}).mmdit.tensors.size).toBeGreaterThan(0);
});

describe('a tensor that is missing is named', () => {
  const missing: readonly [Option, string][] = [
    ['checkpoint', `${MMDIT}x_embedder.proj.weight`],
    ['checkpoint', `${MMDIT}joint_blocks.0.context_block.mlp.fc2.bias`],
    ['checkpoint', `${MMDIT}joint_blocks.0.x_block.attn.ln_q.weight`],
    ['checkpoint', `${MMDIT}joint_blocks.1.x_block.attn.qkv.weight`],
    ['checkpoint', `${MMDIT}final_layer.linear.bias`],
    ['checkpoint', `${VAE}decoder.up.1.block.2.conv2.weight`],
    ['checkpoint', `${VAE}encoder.mid.attn_1.k.bias`],
    ['clipL', `${CLIP}.mlp.fc1.bias`],
    ['clipL', 'text_model.final_layer_norm.weight'],
    ['clipG', 'text_projection.weight'],
    ['t5', `${T5}.o.weight`],
    ['t5', 'shared.weight'],
    ['t5', 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight'],
  ];
  test.each(missing)('%s: %s', (option, name) => {
    const fault = faultOf(() => openChanged(option, remove(name)));
    expect(fault.code).toBe('weights.missing_tensor');
    expect(fault.message).toContain(`"${name}"`);
    expect(fault.message).toContain(path(`${option}.safetensors`));
  });

  test('a whole block in the middle', () => {
    const fault = faultOf(() =>
      openChanged('clipG', (tensors) => {
        for (const name of [...tensors.keys()]) if (name.includes('.layers.1.')) tensors.delete(name);
      }),
    );
    expect(fault.message).toContain('text_model.encoder.layers.1.');
  });
});

describe('a tensor of another shape is named', () => {
  const wrong: readonly [Option, string, readonly number[]][] = [
    ['checkpoint', `${MMDIT}joint_blocks.1.x_block.mlp.fc1.weight`, [3, 5]],
    ['checkpoint', `${MMDIT}joint_blocks.0.x_block.attn.ln_k.weight`, [0]],
    ['checkpoint', `${MMDIT}pos_embed`, [1, 575, 128]],
    ['checkpoint', `${MMDIT}x_embedder.proj.weight`, [0, 16, 2, 2]],
    ['checkpoint', `${MMDIT}final_layer.linear.weight`, [63, 128]],
    ['checkpoint', `${VAE}decoder.conv_out.weight`, [4, 32, 3, 3]],
    ['checkpoint', `${VAE}decoder.conv_in.weight`, [64, 16, 3]],
    ['clipL', 'text_model.embeddings.token_embedding.weight', []],
    ['clipL', 'text_model.embeddings.position_embedding.weight', [77, 9]],
    ['t5', `${T5}.q.weight`, [32]],
  ];
  test.each(wrong)('%s: %s as [%s]', (option, name, shape) => {
    const fault = faultOf(() => openChanged(option, edit(name, { shape })));
    expect(['weights.wrong_shape', 'weights.missing_tensor']).toContain(fault.code);
    expect(fault.message).toContain(`"${name}"`);
  });
});

test.each(['I32', 'U8', 'BOOL', 'I64'] as const)('a weight of type %s is refused', (dtype) => {
  const name = `${MMDIT}context_embedder.bias`;
  const fault = faultOf(() => openChanged('checkpoint', edit(name, { dtype })));
  expect(fault.code).toBe('weights.wrong_dtype');
  expect(fault.message).toMatch(new RegExp(`"${name}".*type ${dtype}; allowed: F64, F32`));
});

test.each([Number.NaN, Infinity, 0, -0.5])('a scale of %s beside a weight is refused', (value) => {
  const data = bytesOf(Float32Array.of(value));
  const scale = {
    name: `${MMDIT}context_embedder.scale_weight`,
    dtype: 'F32',
    shape: [],
    data,
  } as const;
  const fault = faultOf(() => openChanged('checkpoint', add(scale)));
  expect(fault.code).toBe('weights.scale');
  expect(fault.message).toContain(scale.name);
});

test('a block number of a billion does not make us look for a billion blocks', () => {
  const far = (i: number) =>
    add({ name: `${MMDIT}joint_blocks.${i}.x_block.attn.qkv.bias`, dtype: 'F16', shape: [1] });
  const fault = faultOf(() => openChanged('checkpoint', far(999_999)));
  const { depth } = openModel(files).mmdit.geometry;
  expect(fault.message).toContain(`joint_blocks.${depth}.`);
  expect(openChanged('checkpoint', far(999_999_999)).mmdit.geometry.depth).toBe(depth);
});

test('a VAE without its encoder is enough to make pictures', () => {
  const withoutEncoder = openChanged('checkpoint', (tensors) => {
    for (const name of [...tensors.keys()]) if (name.startsWith(`${VAE}encoder.`)) tensors.delete(name);
  });
  expect([...withoutEncoder.vae.tensors.keys()].some((name) => name.startsWith('encoder.'))).toBe(false);
});

describe('files in the wrong place', () => {
  const swapped: readonly [what: string, change: Partial<typeof files & { vae: string }>, message: RegExp][] =
    [
      [
        'a text encoder as the checkpoint',
        { checkpoint: files.t5 },
        /^--checkpoint is .* contains a T5 text encoder; needed: a diffusion model/,
      ],
      ['T5 as CLIP-L', { clipL: files.t5 }, /^--clip-l is .*contains a T5 text encoder; needed: a CLIP-L/],
      [
        'a checkpoint as T5',
        { t5: files.checkpoint },
        /^--t5 is .*contains a diffusion model \(MMDiT\) and a VAE; needed: a T5/,
      ],
      ['CLIP as the VAE', { vae: files.clipG }, /^--vae is .*contains a CLIP text encoder; needed: a VAE/],
      ['CLIP-L and CLIP-G exchanged', { clipL: files.clipG, clipG: files.clipL }, /hidden_size/],
      [
        'golden data as the checkpoint',
        { checkpoint: reference().path('golden', 'vae.safetensors') },
        /no part/,
      ],
      ['a JSON file as the checkpoint', { checkpoint: files.geometry }, /has no weight_map/],
      ['nothing at the path', { checkpoint: '/absent/model.safetensors' }, /cannot be read \(ENOENT\)/],
      ['nothing at the geometry', { geometry: '/absent.json' }, /cannot be read \(ENOENT\)/],
    ];
  test.each(swapped)('%s', (_, change, message) => {
    expect(faultOf(() => openModel({ ...files, ...change })).message).toMatch(message);
  });

  test('an empty folder, and a diffusers folder with an empty folder in it', () => {
    mkdirSync(path('empty', 'transformer'), { recursive: true });
    for (const folder of [path('empty', 'transformer'), path('empty')])
      expect(faultOf(() => openModel({ ...files, checkpoint: folder })).code).toBe('weights.not_a_file');
  });

  test.each([['clipL'], ['clipG']] as const)('without %s it is drawn with zeros in its place', (option) => {
    const { [option]: _, ...rest } = files;
    expect(absentEncoders(openModel(rest))).toEqual([option === 'clipL' ? 'clip_l' : 'clip_g']);
  });

  test('without any text encoder the sentence names --clip-l', () => {
    const { clipL: _, clipG: __, t5: ___, ...rest } = files;
    expect(faultOf(() => openModel(rest)).message).toContain('name a file that does with --clip-l');
  });
});

describe('parts that do not belong together', () => {
  const base = reference().json<Record<string, Record<string, number>>>('tiny', 'config.json');
  const [clipWidth, t5Width] = [base.clip_l!.hidden_size!, base.t5xxl!.d_model!];

  /** Every side of that size twice as large; a geometry file that knows nothing of it. */
  function openWider(option: Option, width: number, geometry: unknown) {
    writeFileSync(path('wider.json'), JSON.stringify(geometry));
    const twice = (tensors: Tensors) => {
      for (const [name, tensor] of tensors)
        edit(name, { shape: tensor.shape.map((side) => (side === width ? 2 * side : side)) })(tensors);
    };
    return openChanged(option, twice, path('wider.json'));
  }

  test('CLIPs whose widths are not what the MMDiT pools', () => {
    const { num_attention_heads } = base.clip_l!;
    const geometry = { ...base, clip_l: { num_attention_heads } };
    const fault = faultOf(() => openWider('clipL', clipWidth, geometry));
    expect(fault.code).toBe('weights.unfit');
    expect(fault.message).toMatch(/CLIP-L and CLIP-G together .* width .* but .*tiny_large/);
  });

  test('a T5 of another width than the context', () => {
    const fault = faultOf(() => openWider('t5', t5Width, { ...base, t5xxl: {} }));
    expect(fault.code).toBe('weights.unfit');
    expect(fault.message).toContain(`width ${2 * t5Width}, but`);
    expect(fault.message).toContain(`takes ${t5Width}.`);
  });

  test('a VAE of other latent channels', () => {
    const fault = faultOf(() =>
      openChanged(
        'checkpoint',
        (tensors) => {
          const name = `${VAE}decoder.conv_in.weight`;
          const [width, channels] = tensors.get(name)!.shape as [number, number];
          edit(name, { shape: [width, channels + 4, 3, 3] })(tensors);
          for (const one of [...tensors.keys()]) if (one.startsWith(`${VAE}encoder.`)) tensors.delete(one);
          writeFileSync(path('vae.json'), JSON.stringify({ ...base, vae: {} }));
        },
        path('vae.json'),
      ),
    );
    expect(fault.code).toBe('weights.unfit');
    expect(fault.message).toContain('VAE latent');
  });
});

describe('geometry files', () => {
  const open = (text: string) => {
    writeFileSync(path('geometry.json'), text);
    return openModel({ ...files, geometry: path('geometry.json') });
  };
  const base = reference().json<Record<string, Record<string, unknown>>>('tiny', 'config.json');
  const changed = (part: string, change: Record<string, unknown>) =>
    JSON.stringify({ ...base, [part]: { ...base[part], ...change } });

  test.each(['', 'no', '[]', '7', '{"vae":7}', '{"vae":{"group_norm_groups":0}}', '{"context_dim":-1}'])(
    '%j is none',
    (text) => {
      expect(faultOf(() => open(text)).code).toBe('weights.geometry_file');
    },
  );

  const contradictions: readonly [part: string, change: Record<string, unknown>][] = [
    ['clip_l', { hidden_size: 9999 }],
    ['clip_l', { num_hidden_layers: 99 }],
    ['clip_g', { intermediate_size: 9999 }],
    ['clip_g', { max_position_embeddings: 9999 }],
    ['t5xxl', { num_heads: 9999 }],
    ['t5xxl', { d_ff: 9999 }],
    ['vae', { z_channels: 9999 }],
    ['vae', { ch: 9999 }],
  ];
  test.each(contradictions)('%s with %j contradicts the shapes', (part, change) => {
    const fault = faultOf(() => open(changed(part, change)));
    expect(fault.code).toBe('weights.geometry_contradicted');
    expect(fault.message).toContain(path('geometry.json'));
  });

  test('an MMDiT of another depth or width is named by its key', () => {
    const mmdit = { large: { depth: 99, hidden_size: 9999 } };
    const fault = faultOf(() => open(JSON.stringify({ ...base, mmdit })));
    expect(fault.message).toContain('mmdit.large.depth is 99');
  });

  test('heads and groups that do not divide', () => {
    expect(faultOf(() => open(changed('clip_l', { num_attention_heads: 997 }))).code).toBe('weights.heads');
    expect(faultOf(() => open(changed('vae', { group_norm_groups: 997 }))).code).toBe('weights.groups');
  });

  test('without one, small encoders are refused by the official rule', () => {
    const { geometry: _, ...rest } = files;
    expect(faultOf(() => openModel(rest)).code).toBe('weights.heads');
  });
});
