/** What must make no difference, drawn by the embedded model: other values than any reference has. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalogue } from '../../../bot/catalogue.ts';
import { readSettings } from '../../../config/settings.ts';

import { writeWorkflow } from '../../../pipeline/image/workflow.ts';
import { holdNetworks } from '../../../pipeline/runtime/held-networks.ts';
import type { Lookup } from '../../../pipeline/workflow/check.ts';
import { checkGraph } from '../../../pipeline/workflow/check.ts';
import type { PlainGraph } from '../../../pipeline/workflow/graph.ts';
import type { Latent } from '../../../pipeline/workflow/latent.ts';
import { NODE_KINDS } from '../../../pipeline/workflow/registry.ts';

import { aRequest } from '../image/a-request.ts';
import { writeSafetensors } from '../weights/write-safetensors.ts';
import { read } from './graphs.ts';
import { runGraph } from './run-graph.ts';
import { aRunContext } from './run-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'darkroom-invariants-'));
const networks = holdNetworks({ device: 'cpu' });
afterAll(async () => {
  await networks.release();
  rmSync(folder, { recursive: true });
});
const { files, defaults, name } = openCatalogue(readSettings({})).choose('nano-turbo', 'model');

const lora = join(folder, 'wave.safetensors');
writeSafetensors(
  lora,
  (['up', 'down'] as const).map((side) => {
    const shape = side === 'up' ? [576, 2] : [2, 192];
    const values = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => 0.3 * Math.sin(i * 1.7));
    const tensor = `lora_unet_joint_blocks_0_x_block_attn_qkv.lora_${side}.weight`;
    return { name: tensor, dtype: 'F32', shape, data: new Uint8Array(values.buffer) };
  }),
);

const paths = Object.values(files);
const lookup: Lookup = {
  file: (_kind, wanted) =>
    wanted === 'wave.safetensors' ? lora : paths.find((path) => path.endsWith(`/${wanted}`))!,
  picture: () => {},
};

/** The latent that the sampler makes of a workflow. */
async function latentOf(workflow: PlainGraph, node = samplerOf(workflow)): Promise<Float32Array> {
  networks.begin();
  const context = aRunContext({ networks, tokenizers: files.tokenizers, geometry: files.geometry! });
  const results = await runGraph(checkGraph(read(workflow), NODE_KINDS, lookup), [node], context);
  return (results.get(node)![0] as Latent).model.data;
}

const idOf = (workflow: PlainGraph, type: string) =>
  Object.keys(workflow).find((id) => workflow[id]!.class_type === type)!;
const samplerOf = (workflow: PlainGraph) => idOf(workflow, 'KSampler');

function plain(changes: Parameters<typeof aRequest>[0] = {}): PlainGraph {
  return writeWorkflow(
    aRequest({
      model: { name, files },
      prompt: 'two yellow stars on a purple background',
      negative: 'blue',
      ...defaults,
      cfg: 2.5,
      width: 96,
      height: 64,
      seed: 918273,
      steps: 3,
      ...changes,
    }),
  );
}

/** A node between the sampler and what feeds one of its inputs. */
function between(input: string, type: string, inputs: Record<string, unknown>, own: string): PlainGraph {
  const workflow = plain();
  const sampler = workflow[samplerOf(workflow)]!;
  workflow.new = { class_type: type, inputs: { ...inputs, [own]: sampler.inputs[input] } };
  sampler.inputs[input] = ['new', 0];
  return workflow;
}

const away = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0) / b.reduce((sum, x) => sum + x * x, 0));

let none: Float32Array;
beforeAll(async () => {
  none = await latentOf(plain());
}, 120_000);

test.each([
  [
    'a range of all of the schedule',
    between('positive', 'ConditioningSetTimestepRange', { start: 0, end: 1 }, 'conditioning'),
  ],
  [
    'an area of strength 1 that is all of the picture',
    between(
      'positive',
      'ConditioningSetAreaPercentage',
      { width: 1, height: 1, x: 0, y: 0, strength: 1 },
      'conditioning',
    ),
  ],
  ['a shift that is the one it has', between('model', 'ModelSamplingSD3', { shift: 3 }, 'model')],
  [
    'skip-layer guidance of scale 0',
    between(
      'model',
      'SkipLayerGuidanceSD3',
      { layers: '1', scale: 0, start_percent: 0, end_percent: 1 },
      'model',
    ),
  ],
  ['rescaled guidance by nothing', between('model', 'RescaleCFG', { multiplier: 0 }, 'model')],
  [
    'a LoRA file at strength 0',
    between('model', 'LoraLoaderModelOnly', { lora_name: 'wave.safetensors', strength_model: 0 }, 'model'),
  ],
  ['a batch of one', between('latent_image', 'RepeatLatentBatch', { amount: 1 }, 'samples')],
])('%s makes no difference', async (_, workflow) => {
  expect(away(await latentOf(workflow), none)).toBeLessThan(1e-6);
});

test('a LoRA file at another strength does, and at opposite ones in a row none', async () => {
  const with1 = between(
    'model',
    'LoraLoaderModelOnly',
    { lora_name: 'wave.safetensors', strength_model: 0.7 },
    'model',
  );
  expect(away(await latentOf(with1), none)).toBeGreaterThan(1e-3);
  const sampler = with1[samplerOf(with1)]!;
  with1.second = {
    class_type: 'LoraLoaderModelOnly',
    inputs: { lora_name: 'wave.safetensors', strength_model: -0.7, model: ['new', 0] },
  };
  sampler.inputs.model = ['second', 0];
  expect(away(await latentOf(with1), none)).toBeLessThan(1e-5);
});

test('a LoRA file at strength 0 for the model alone, whose patches are in the graph, is none', async () => {
  const workflow = plain();
  const sampler = workflow[samplerOf(workflow)]!;
  const texts = Object.values(workflow).filter(({ class_type }) => class_type === 'CLIPTextEncode');
  workflow.new = {
    class_type: 'LoraLoader',
    inputs: {
      lora_name: 'wave.safetensors',
      strength_model: 0,
      strength_clip: 0.5,
      model: sampler.inputs.model,
      clip: texts[0]!.inputs.clip,
    },
  };
  sampler.inputs.model = ['new', 0];
  for (const text of texts) text.inputs.clip = ['new', 1];
  expect(away(await latentOf(workflow), none)).toBeLessThan(2e-6);
});

test('a prompt combined with itself is that prompt', async () => {
  const workflow = plain();
  const sampler = workflow[samplerOf(workflow)]!;
  const { positive } = sampler.inputs;
  workflow.new = {
    class_type: 'ConditioningCombine',
    inputs: { conditioning_1: positive, conditioning_2: positive },
  };
  sampler.inputs.positive = ['new', 0];
  expect(away(await latentOf(workflow), none)).toBeLessThan(1e-6);
});

test('pictures of a batch are those that are made one by one with the noise of their places', async () => {
  const batch = await latentOf(plain({ count: 3 }));
  const size = batch.length / 3;
  for (const index of [0, 1, 2]) {
    const workflow = plain({ count: 3 });
    const sampler = workflow[samplerOf(workflow)]!;
    workflow.new = {
      class_type: 'LatentFromBatch',
      inputs: { samples: sampler.inputs.latent_image, batch_index: index, length: 1 },
    };
    sampler.inputs.latent_image = ['new', 0];
    const own = batch.slice(index * size, (index + 1) * size);
    expect(away(await latentOf(workflow), own)).toBeLessThan(1e-5);
  }
});

test('a schedule walked in two stages is the one that is walked at once', async () => {
  const workflow = plain();
  const id = samplerOf(workflow);
  const { seed, denoise: _, ...inputs } = workflow[id]!.inputs;
  const stage = (more: Record<string, unknown>) => ({
    class_type: 'KSamplerAdvanced',
    inputs: { ...inputs, noise_seed: seed, ...more },
  });
  workflow.first = stage({
    add_noise: 'enable',
    start_at_step: 0,
    end_at_step: 2,
    return_with_leftover_noise: 'enable',
  });
  workflow.second = stage({
    add_noise: 'disable',
    start_at_step: 2,
    end_at_step: 10_000,
    return_with_leftover_noise: 'disable',
    latent_image: ['first', 0],
  });
  expect(away(await latentOf(workflow, 'second'), none)).toBeLessThan(1e-5);
});
