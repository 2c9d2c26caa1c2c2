/** A picture's own PNG, read back as a workflow: the same pixels, whatever was used. Drawn by the built-in model. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalogue } from '../../bot/catalogue.ts';
import { openInstallation } from '../../bot/installation.ts';
import { pick } from '../../bot/jobs/follow-ups.ts';
import type { Installation } from '../../commands/installation.ts';
import type { RawOptions } from '../../commands/options.ts';
import { readImagine } from '../../commands/read-imagine.ts';
import { readSettings } from '../../config/settings.ts';
import { generate } from '../../pipeline/generate.ts';
import { digestOf } from '../../pipeline/image/picture-name.ts';
import type { PictureRequest } from '../../pipeline/request.ts';
import { openControl } from '../../pipeline/runtime/control-net.ts';
import { holdNetworks } from '../../pipeline/runtime/held-networks.ts';
import { openControlNet } from '../../pipeline/weights/networks/control-net.ts';
import { openModel } from '../../pipeline/weights/open-model.ts';
import { readTensor } from '../../pipeline/weights/read-tensor.ts';
import { openTensors } from '../../pipeline/weights/tensor-set.ts';
import { nanoRequest } from '../bot/jobs/nano-request.ts';
import { type GgufTensor, takesType, writeGguf } from './weights/forms/gguf-writer.ts';
import { type TensorToWrite, writeSafetensors } from './weights/write-safetensors.ts';

const networks = holdNetworks({ device: 'cpu' });
let folder: string;
let installation: Installation;
let lines: Uint8Array;

/** Values that are small, other ones in each tensor. */
function waves(shapes: Readonly<Record<string, readonly number[]>>, size: number): TensorToWrite[] {
  return Object.entries(shapes).map(([name, shape], seed) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length: count }, (_, i) => size * Math.sin(i * 1.7 + seed));
    return { name, dtype: 'F32', shape, data: new Uint8Array(values.buffer) };
  });
}

/** Of SD3.5's form, one block that serves all of the model's; without a patch embedder of its own, so the model lends it. */
function controlNetShapes(hidden: number, pooled: number): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  const linear = (name: string, out: number, into: number) => {
    shapes[`${name}.weight`] = [out, into];
    shapes[`${name}.bias`] = [out];
  };
  linear('time_text_embed.timestep_embedder.linear_1', hidden, 256);
  linear('time_text_embed.timestep_embedder.linear_2', hidden, hidden);
  linear('time_text_embed.text_embedder.linear_1', hidden, pooled);
  linear('time_text_embed.text_embedder.linear_2', hidden, hidden);
  shapes['pos_embed_input.proj.weight'] = [hidden, 16, 2, 2];
  shapes['pos_embed_input.proj.bias'] = [hidden];
  linear('transformer_blocks.0.adaLN_modulation.1', 6 * hidden, hidden);
  linear('transformer_blocks.0.attn.qkv', 3 * hidden, hidden);
  linear('transformer_blocks.0.attn.proj', hidden, hidden);
  linear('transformer_blocks.0.mlp.fc1', 4 * hidden, hidden);
  linear('transformer_blocks.0.mlp.fc2', hidden, 4 * hidden);
  linear('controlnet_blocks.0', hidden, hidden);
  return shapes;
}

const PREFIX = 'model.diffusion_model.';
const nano = nanoRequest().model.files;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'darkroom-round-trip-'));
  for (const name of ['loras', 'controlnet']) mkdirSync(join(folder, name));
  const layer = 'lora_unet_joint_blocks_0_x_block_mlp_fc1';
  const lora = { [`${layer}.lora_up.weight`]: [768, 2], [`${layer}.lora_down.weight`]: [2, 192] };
  writeSafetensors(join(folder, 'loras', 'wave.safetensors'), waves(lora, 0.3));
  const { tensors } = openTensors(nano.checkpoint);
  const [hidden, pooled] = tensors.get(`${PREFIX}y_embedder.mlp.0.weight`)!.shape;
  const control = waves(controlNetShapes(hidden!, pooled!), 0.05);
  writeSafetensors(join(folder, 'controlnet', 'lines.safetensors'), control);
  const settings = readSettings({ MODELS_DIR: folder });
  const parts = { checkWords: () => {}, randomSeed: () => 7, newId: () => 'sent' };
  installation = openInstallation({ catalogue: openCatalogue(settings), styles: [], settings, ...parts });
  const drawing = '<svg width="256" height="256"><circle cx="128" cy="128" r="80" fill="orange"/></svg>';
  lines = new Uint8Array(await sharp(Buffer.from(drawing)).png().toBuffer());
});
afterAll(async () => {
  await networks.release();
  rmSync(folder, { recursive: true, force: true });
});

async function drawn(request: PictureRequest) {
  const signal = new AbortController().signal;
  const { pictures } = await generate(request, {
    networks,
    progress: () => {},
    signal,
    now: () => performance.now(),
  });
  return pictures;
}

const pixels = (png: Uint8Array) => sharp(png).raw().toBuffer();
const levels = (a: Buffer, b: Buffer) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
const mean = (a: Buffer, b: Buffer) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

const asked = (more: RawOptions) =>
  readImagine(
    { prompt: 'a red boat', model: 'nano-turbo', seed: 5, size: '64x64', steps: 3, ...more },
    { ...installation, label: (name) => name },
  );
const own = async (digest: string) => (digest === digestOf(lines) ? lines : undefined);

describe('a picture read back from its PNG has the same pixels', () => {
  test.each<[string, () => RawOptions]>([
    ['with a LoRA file', () => ({ lora: 'wave:0.7' })],
    ['with a ControlNet', () => ({ control: lines, 'control-model': 'lines', 'control-strength': 0.8 })],
    [
      'with a ControlNet that follows edges',
      () => ({ control: lines, 'control-model': 'lines', 'control-edges': 'yes' }),
    ],
    [
      'with both, over a start picture',
      () => ({ lora: 'wave:0.7', control: lines, 'control-model': 'lines', image: lines, strength: 0.7 }),
    ],
  ])('%s', async (_, options) => {
    const [first] = await drawn(await asked(options()));
    const [again] = await drawn(await installation.readWorkflow!(first!, {}, own));
    expect(levels(await pixels(again!), await pixels(first!))).toBe(0);
    const [plain] = await drawn(await asked({}));
    expect(levels(await pixels(plain!), await pixels(first!))).toBeGreaterThan(10);
  });
});

test('one picture of a workflow is drawn alone, as it was in its batch', async () => {
  const [sent] = await drawn(await asked({ count: 3 }));
  const { id: _, ...request } = await installation.readWorkflow!(sent!, {}, own);
  const batch = await drawn({ id: 'batch', ...request });
  const { workflow, ...rest } = request;
  const job = { asked: { options: {}, request: { ...rest, workflow: { ...workflow!, pictures: {} } } } };
  const alone = pick(job as unknown as Parameters<typeof pick>[0], 1).request;
  expect(alone.workflow!.json).toContain('LatentFromBatch');
  const picked = await drawn({ id: 'pick', ...request, ...alone } as PictureRequest);
  expect(picked).toHaveLength(1);
  expect(levels(await pixels(picked[0]!), await pixels(batch[1]!))).toBeLessThanOrEqual(1);
  // A workflow that cannot be asked for one alone draws all, and gives the one.
  const cut = await drawn({ id: 'cut', ...request, count: 1, batchIndex: 1 });
  expect(cut).toHaveLength(1);
  expect(levels(await pixels(cut[0]!), await pixels(batch[1]!))).toBe(0);
});

test('a ControlNet takes a latent whose sides are no multiples of a patch: it ended in an error about a BigInt', async () => {
  const { network } = openControlNet(join(folder, 'controlnet', 'lines.safetensors'));
  const control = await openControl(network, openModel(nano).mmdit, { device: 'cpu' });
  try {
    const odd = { data: new Float32Array(16 * 7 * 5).fill(0.5), shape: [1, 16, 7, 5] };
    const [pooled] = openTensors(nano.checkpoint)
      .tensors.get(`${PREFIX}y_embedder.mlp.0.weight`)!
      .shape.slice(1);
    const y = { data: new Float32Array(pooled!), shape: [1, pooled!] };
    const [first] = await control.outputs({
      x: odd,
      hint: odd,
      sigma: 0.5,
      context: y,
      y,
      strength: 1,
      loras: [],
    });
    expect(first!.shape).toEqual([1, 4 * 3, network.geometry.hiddenSize]);
  } finally {
    await control.release();
  }
});

test('a ControlNet that is lent parts of the transformer works beside one in a GGUF file', async () => {
  const tensors = new Map<string, GgufTensor>();
  for (const [name, stored] of openTensors(nano.checkpoint).tensors) {
    if (!name.startsWith(PREFIX)) continue;
    const values = { ...readTensor(stored), dtype: 'F32' as const };
    const type = takesType(values, 'Q8_0') ? 'Q8_0' : values.shape.length > 1 ? 'F16' : 'F32';
    tensors.set(name.slice(PREFIX.length), { values, type });
  }
  const gguf = writeGguf(join(folder, 'model.gguf'), tensors, 'sd3');
  const control = {
    file: join(folder, 'controlnet', 'lines.safetensors'),
    image: lines,
    strength: 0.8,
    edges: false,
  };
  const files = { ...nano, checkpoint: gguf, vae: nano.checkpoint };
  const [exact] = await drawn(nanoRequest({ control, steps: 3 }));
  const [quantised] = await drawn(nanoRequest({ control, steps: 3, model: { name: 'gguf', files } }));
  const [without] = await drawn(nanoRequest({ steps: 3 }));
  // 8 bits a weight: near the exact picture, and nearer than one without the ControlNet.
  const near = mean(await pixels(quantised!), await pixels(exact!));
  expect(near).toBeLessThan(mean(await pixels(without!), await pixels(exact!)) / 3);
});
