/** Parts that are absent, longer than usual, broken, or there for previews only: what is drawn then. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from '../../../pipeline/generate.ts';
import { positionFeeds } from '../../../pipeline/graph/mmdit-inputs.ts';
import type { ModelFiles, PictureRequest, Pixels } from '../../../pipeline/request.ts';
import { type HeldNetworks, holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import { openPreviewer } from '../../../pipeline/runtime/previewer.ts';
import type { MmditGeometry } from '../../../pipeline/weights/geometry.ts';
import { openTaesd } from '../../../pipeline/weights/networks/taesd.ts';
import { openTensors } from '../../../pipeline/weights/tensor-set.ts';
import { reference } from '../../reference.ts';
import { readTiny, type Tiny } from './forms/readable.ts';
import { floats, prefixed, type Raw, raw, under, write } from './forms/tensors.ts';

let folder: string;
let tiny: Tiny;
let networks: HeldNetworks;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-unusual-'));
  networks = holdNetworks({ device: 'cpu', cacheFolder: join(folder, 'graphs') });
  tiny = readTiny(reference().path);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function draw(files: ModelFiles, prompt = 'a (red:1.2) cat') {
  const request: PictureRequest = {
    id: 'one',
    model: { name: 'tiny', files },
    prompt,
    negative: '',
    width: 64,
    height: 48,
    seed: 1,
    steps: 1,
    cfg: 1,
    sampler: 'euler',
    scheduler: 'simple',
    shift: 3,
    count: 1,
    previews: false,
    keepTensors: true,
  };
  const { tensors } = await generate(request, {
    networks,
    progress: () => {},
    signal: new AbortController().signal,
    now: () => 0,
  });
  return { context: tensors!['pos.context']!, y: tensors!['pos.y']!, latent: tensors!.final_latent!.data };
}
const without = (...parts: (keyof ModelFiles)[]): ModelFiles =>
  Object.fromEntries(
    Object.entries(tiny.files).filter(([part]) => !parts.includes(part as keyof ModelFiles)),
  ) as unknown as ModelFiles;

test('an absent CLIP-L is zeros on the left of every CLIP token, an absent CLIP-G on the right, as in ComfyUI', async () => {
  const whole = await draw(tiny.files);
  const [widthL, widthG] = [8, 16];
  const noL = await draw(without('clipL'));
  expect(noL.context.shape).toEqual(whole.context.shape);
  expect([...noL.context.data.subarray(0, widthL)].every((value) => value === 0)).toBe(true);
  expect([...noL.context.data.subarray(widthL, widthL + widthG)]).toEqual([
    ...whole.context.data.subarray(widthL, widthL + widthG),
  ]);
  expect([...noL.y.data.subarray(0, widthL)]).toEqual(Array(widthL).fill(0));
  const noG = await draw(without('clipG'));
  expect([...noG.context.data.subarray(widthL, widthL + widthG)]).toEqual(Array(widthG).fill(0));
  expect([...noG.y.data.subarray(0, widthL)]).toEqual([...whole.y.data.subarray(0, widthL)]);
});

test('T5 alone: no token of CLIP’s, a pooled vector of zeros', async () => {
  const { context, y } = await draw(without('clipL', 'clipG'));
  expect(context.shape[1]).toBe(77);
  expect(y.data.every((value) => value === 0)).toBe(true);
  expect(y.shape).toEqual([1, 24]);
});

test('LongCLIP of 248 positions beside one of 77 is cut to the shorter, as in ComfyUI', async () => {
  const table = 'text_model.embeddings.position_embedding.weight';
  const positions = tiny.clipL.get(table)!;
  const longer = new Float32Array(248 * 8);
  longer.set(positions.data);
  const entries = [...tiny.clipL].map(([name, values]): [string, Raw] => [
    name,
    name === table ? raw({ ...values, shape: [248, 8], data: longer }) : raw(values),
  ]);
  const geometry = reference().json<{ clip_l: object }>('tiny', 'config.json');
  const file = join(folder, 'geometry.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(
    file,
    JSON.stringify({ ...geometry, clip_l: { ...geometry.clip_l, max_position_embeddings: 248 } }),
  );
  const long = await draw({
    ...tiny.files,
    clipL: write(join(folder, 'long.safetensors'), entries),
    geometry: file,
  });
  expect(long.context.shape).toEqual((await draw(tiny.files)).context.shape);
});

test('a transformer without pos_embed gets positions computed for each size, as ComfyUI computes them', async () => {
  const entries = [...tiny.mmdit]
    .filter(([name]) => name !== 'pos_embed')
    .map(([name, values]): [string, Raw] => [name, raw(values)]);
  const checkpoint = write(join(folder, 'nopos.safetensors'), entries);
  const vae = write(
    join(folder, 'vae.safetensors'),
    [...tiny.vae].map(([name, values]): [string, Raw] => [name, raw(values)]),
  );
  const files = without('geometry');
  const geometry = join(folder, 'nopos.json');
  const said = reference().json<Record<string, unknown>>('tiny', 'config.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(geometry, JSON.stringify({ ...said, mmdit: {} }));
  expect((await draw({ ...files, checkpoint, vae, geometry })).latent.every(Number.isFinite)).toBe(true);

  const { positions } = positionFeeds(
    { hiddenSize: 8, positionsComputed: true, posEmbedMaxSize: 192 } as MmditGeometry,
    2,
    3,
  ) as { positions: { data: Float32Array; shape: readonly number[] } };
  expect(positions.shape).toEqual([1, 6, 8]);
  // The last patch: row 15 of 0..15, column 7.5 + 1.5 * 7.5; sines of the column first, then cosines, then the row's.
  const omega = [1, 1 / 100];
  const [column, row] = [18.75, 15];
  const wanted = [column, row].flatMap((place) => [
    ...omega.map((one) => Math.sin(place * one)),
    ...omega.map((one) => Math.cos(place * one)),
  ]);
  positions.data.subarray(40).forEach((value, i) => void expect(value).toBeCloseTo(wanted[i]!, 4));
});

test.each([
  ['the transformer', 'joint_blocks.1.x_block.mlp.fc2.weight', 'checkpoint'],
  ['the VAE', 'decoder.conv_out.bias', 'checkpoint'],
  ['a text encoder', 'text_model.encoder.layers.1.self_attn.v_proj.weight', 'clipG'],
] as const)(
  'a value that is no number in %s: the sentence names file and tensor',
  async (_, tensor, part) => {
    const source =
      part === 'checkpoint'
        ? [...prefixed('model.diffusion_model.', tiny.mmdit), ...prefixed('first_stage_model.', tiny.vae)]
        : [...tiny.clipG];
    const entries = source.map(([name, values]): [string, Raw] => {
      const data = values.data.slice();
      if (name.endsWith(tensor)) data[0] = Number.NaN;
      return [name, raw({ ...values, data })];
    });
    const file = write(join(folder, `nan-${tensor}.safetensors`), entries);
    await expect(draw({ ...tiny.files, [part]: file })).rejects.toMatchObject({
      code: 'weights.not_numbers',
      message: expect.stringMatching(
        new RegExp(`nan-.*value 0 of tensor ".*${tensor.replaceAll('.', '\\.')}"`),
      ),
    });
  },
);

/** A small decoder of the layers of TAESD3's, in taesd.py's numbering. */
function taesd(): Map<string, Raw> {
  let state = 1;
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const made = new Map<string, Raw>();
  const conv = (name: string, out: number, into: number, bias = true) => {
    made.set(
      `${name}.weight`,
      floats(
        Array.from({ length: out * into * 9 }, () => random() * 0.3),
        [out, into, 3, 3],
      ),
    );
    if (bias) made.set(`${name}.bias`, floats(Array.from({ length: out }, random), [out]));
  };
  conv('1', 8, 16);
  for (const [block, up] of [
    [3, 7],
    [8, 12],
    [13, 17],
  ] as const) {
    for (const i of [0, 2, 4]) conv(`${block}.conv.${i}`, 8, 8);
    conv(String(up), 8, 8, false);
  }
  conv('19', 3, 8);
  return made;
}

test('TAESD3 in its three forms gives one and the same preview, eight times as fine', async () => {
  const plain = taesd();
  const shifted = [...plain].map(([name, tensor]): [string, Raw] => [
    name.replace(/^\d+/, (number) => `decoder.layers.${Number(number) - 1}`),
    tensor,
  ]);
  const forms = [
    write(join(folder, 't1.safetensors'), plain),
    write(join(folder, 't2.safetensors'), [
      ...prefixed('taesd_decoder.', plain),
      ['taesd_encoder.0.weight', floats(new Float32Array(27), [1, 3, 3, 3])],
    ]),
    write(join(folder, 't3.safetensors'), shifted),
  ];
  const latent = {
    data: Float32Array.from({ length: 16 * 6 * 8 }, (_, i) => Math.sin(i)),
    shape: [1, 16, 6, 8],
  };
  const previews: Pixels[] = [];
  for (const file of forms) {
    const previewer = openPreviewer(openTaesd(openTensors(file)), { device: 'cpu' });
    previews.push(await previewer.preview(latent, 0));
    await previewer.release();
  }
  expect(previews[0]).toMatchObject({ width: 64, height: 48 });
  expect(new Set(previews[0]!.data).size).toBeGreaterThan(20);
  for (const other of previews.slice(1)) expect(other.data).toEqual(previews[0]!.data);
  expect(under('x.', plain).size).toBe(0);
});

test('what was unpacked is used again, and thrown away once its source has gone', async () => {
  const { writeGguf } = await import('./forms/gguf-writer.ts');
  const t5 = (name: string) =>
    writeGguf(
      join(folder, name),
      new Map(
        [...tiny.t5].map(([tensor, values]) => [
          tensor,
          { values, type: values.shape.length === 2 ? ('Q8_0' as const) : ('F32' as const) },
        ]),
      ),
      't5',
    );
  const unpacked = () =>
    readdirSync(join(folder, 'unpacked')).filter((name) => name.endsWith('.safetensors'));
  await draw({ ...tiny.files, t5: t5('first.gguf') });
  expect(unpacked()).toEqual([expect.stringMatching(/^first-/)]);
  rmSync(join(folder, 'first.gguf'));
  await draw({ ...tiny.files, t5: t5('second.gguf') });
  expect(unpacked()).toEqual([expect.stringMatching(/^second-/)]);
});
