import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { EMBEDDED_FOLDER } from '../../../config/find-model.ts';
import { ON_PROCESSOR } from '../../../pipeline/graph/compute.ts';
import { GraphBuilder } from '../../../pipeline/graph/graph-builder.ts';
import { openDenoiser } from '../../../pipeline/runtime/denoiser.ts';
import { openInt8 } from '../../../pipeline/runtime/int8.ts';
import { CLIP_TRIAL, T5_TRIAL, TRANSFORMER_TRIAL } from '../../../pipeline/runtime/int8-trials.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { openTextEncoders } from '../../../pipeline/runtime/text-encoders.ts';
import type { MmditGeometry, Network } from '../../../pipeline/weights/geometry.ts';
import { mmditTensors } from '../../../pipeline/weights/networks/mmdit.ts';
import { type OpenedModel, openModel } from '../../../pipeline/weights/open-model.ts';
import { openSafetensors } from '../../../pipeline/weights/safetensors.ts';
import { relativeL2, wave } from '../waves.ts';
import { type TensorToWrite, writeSafetensors } from '../weights/write-safetensors.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'darkroom-int8-'));
afterAll(() => rmSync(folder, { recursive: true }));

const INT8 = { ...ON_PROCESSOR, arithmetic: 'int8' } as const;

async function velocity(network: Network<MmditGeometry>, compute: typeof INT8 | typeof ON_PROCESSOR) {
  const { latentChannels, contextWidth, pooledWidth } = network.geometry;
  const denoiser = await openDenoiser(network, { device: 'cpu', compute });
  const [x, context, y] = [
    wave([2, latentChannels, 16, 16], 1),
    wave([2, 24, contextWidth], 2),
    wave([2, pooledWidth], 3),
  ];
  const { data } = await denoiser.velocity(x, 0.6, context, y);
  await denoiser.release();
  return data;
}

function nano(): OpenedModel {
  const ours = (file: string) => path.join(EMBEDDED_FOLDER, file);
  return openModel({
    checkpoint: ours('nano.safetensors'),
    clipL: ours('clip_l.safetensors'),
    clipG: ours('clip_g.safetensors'),
    t5: ours('t5xxl.safetensors'),
    geometry: ours('geometry.json'),
    tokenizers: EMBEDDED_FOLDER,
  });
}

test('the built-in model in 8 bits: nearly the same, made once, its error told once', async () => {
  const told: string[] = [];
  const steps: number[] = [];
  const open = () =>
    openInt8(
      nano().mmdit,
      TRANSFORMER_TRIAL,
      { device: 'cpu' },
      { folder, onProgress: ({ done, total }) => steps.push(done / total) },
      (sentence) => told.push(sentence),
    );
  const network = await open();
  const apart = relativeL2(await velocity(network, INT8), await velocity(nano().mmdit, ON_PROCESSOR));
  // What the trial allows, and a little more, since these are not its inputs.
  expect(apart).toBeLessThan(1.2 * TRANSFORMER_TRIAL.largest);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^nano-[0-9a-f]+\.int8\.safetensors: int8 changes the model's output by [\d.]+ %; of \d+ /,
  );
  expect(steps.at(-1)).toBe(1);
  const made = readdirSync(folder).sort();
  await open();
  expect(told).toHaveLength(1);
  expect(readdirSync(folder).sort()).toEqual(made);
});

test("the built-in model's text encoders in 8 bits: no further from their own than is allowed", async () => {
  const { clip_l, clip_g, t5xxl } = nano();
  const told: string[] = [];
  const say = (sentence: string) => told.push(sentence);
  const device = { device: 'cpu' } as const;
  const narrow = {
    clip_l: await openInt8(clip_l!, CLIP_TRIAL, device, { folder }, say),
    clip_g: await openInt8(clip_g!, CLIP_TRIAL, device, { folder }, say),
    t5xxl: await openInt8(t5xxl!, T5_TRIAL, device, { folder }, say),
  };
  const [exact, close] = [
    openTextEncoders({ clip_l: clip_l!, clip_g: clip_g!, t5xxl: t5xxl! }, device),
    openTextEncoders(narrow, { ...device, compute: INT8 }),
  ];
  const ids = Array.from({ length: 24 }, (_, i) => 5 + ((i * 31) % 290));
  for (const encode of ['clipL', 'clipG'] as const) {
    const [own, other] = [await exact[encode]!([ids]), await close[encode]!([ids])];
    expect(relativeL2(other.hidden.data, own.hidden.data)).toBeLessThan(3e-2);
    expect(relativeL2(other.pooled.data, own.pooled.data)).toBeLessThan(3e-2);
  }
  expect(relativeL2((await close.t5!(ids)).data, (await exact.t5!(ids)).data)).toBeLessThan(3e-2);
  await Promise.all([exact, close].map((one) => one.release()));
  expect(told.map((sentence) => sentence.split('-')[0])).toEqual(['clip_l', 'clip_g', 't5xxl']);
  for (const [role, { tensors }] of Object.entries(narrow))
    expect(
      [...tensors.keys()].some((name) => name.endsWith('.int8')),
      role,
    ).toBe(true);
});

const GEOMETRY: MmditGeometry = {
  depth: 2,
  hiddenSize: 128,
  heads: 2,
  posEmbedMaxSize: 16,
  latentChannels: 4,
  patchSize: 2,
  contextWidth: 32,
  pooledWidth: 16,
  qkNorm: 'rms',
  dualAttentionBlocks: [0],
};

test('a layer that loses too much stays in float32', async () => {
  const bad = 'joint_blocks.0.x_block.mlp.fc1';
  const file = path.join(folder, 'outlier.safetensors');
  const tensors = [...mmditTensors(GEOMETRY)].map(([name, shape], seed): TensorToWrite => {
    const fan = shape.slice(1).reduce((product, side) => product * side, 1);
    const { data } = wave(shape, seed);
    const values = data.map((value) => (shape.length === 1 ? 1 + value / 10 : value / Math.sqrt(fan)));
    // One weight of each output is so large that 8 bits leave nothing of the others.
    if (name === `${bad}.weight`) for (let row = 0; row < shape[0]!; row++) values[row * shape[1]!] = 1e-9;
    if (name === `${bad}.weight`) for (let row = 0; row < shape[0]!; row++) values[row * shape[1]! + 1] = 90;
    return { name, dtype: 'F32', shape, data: new Uint8Array(values.buffer) };
  });
  writeSafetensors(file, tensors);
  const network = { tensors: openSafetensors(file).tensors, geometry: GEOMETRY };
  const told: string[] = [];
  const opened = await openInt8(network, TRANSFORMER_TRIAL, { device: 'cpu' }, { folder }, (sentence) =>
    told.push(sentence),
  );
  const int8 = [...opened.tensors.keys()].filter((name) => name.endsWith('.int8'));
  expect(told[0]).toContain(bad);
  expect(int8.length).toBeGreaterThan(10);
  expect(told[0]).toMatch(/layers stay in float32$/);
  expect(int8).not.toContain(`${bad}.weight.int8`);
});

test('products of large values do not run over on processors without VNNI', async () => {
  const [inputs, outputs] = [256, 8];
  const file = path.join(folder, 'large.safetensors');
  const ones = new Int8Array(inputs * outputs).fill(127);
  writeSafetensors(file, [
    { name: 'w', dtype: 'I8', shape: [inputs, outputs], data: new Uint8Array(ones.buffer) },
    {
      name: 's',
      dtype: 'F32',
      shape: [outputs],
      data: new Uint8Array(new Float32Array(outputs).fill(1).buffer),
    },
  ]);
  const { tensors } = openSafetensors(file);
  const g = new GraphBuilder();
  const external = (name: string, type: 'int8' | 'float') => {
    const { shape, ranges } = tensors.get(name)!;
    const { offset, length } = ranges[0]!;
    return g.external(name, type, shape, { location: path.basename(file), offset, length });
  };
  const x = g.input('x', 'float', ['n', inputs]);
  const y = g.microsoft('DynamicQuantizeMatMul', [x, external('w', 'int8'), external('s', 'float')]);
  g.output('y', y, ['n', outputs]);
  const session = await openSession({ model: g.finish(), folder }, { device: 'cpu' });
  const result = await session.run({ x: { data: new Float32Array(inputs).fill(1), shape: [1, inputs] } });
  await session.release();
  for (const value of result.y!.data) expect(value / (127 * inputs)).toBeCloseTo(1, 3);
});
