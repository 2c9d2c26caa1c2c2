import { expect, test } from 'vitest';
import { writeWorkflow } from '../../../pipeline/image/workflow.ts';
import type { PlainGraph } from '../../../pipeline/workflow/graph.ts';
import { aRequest } from './a-request.ts';

const allInOne = aRequest();
const apart = aRequest({
  model: {
    name: 'medium',
    files: {
      checkpoint: '/m/diffusion_models/sd3.5_medium.safetensors',
      vae: '/m/vae/sd3_vae.safetensors',
      clipL: '/m/clip/clip_l.safetensors',
      clipG: '/m/clip/clip_g.safetensors',
      t5: '/m/clip/t5xxl_fp16.safetensors',
      tokenizers: '/m/tokenizers',
    },
  },
});

type WorkflowNode = PlainGraph[string];

function only(workflow: PlainGraph, type: string): WorkflowNode {
  const found = Object.values(workflow).filter((node) => node.class_type === type);
  expect(found, type).toHaveLength(1);
  return found[0]!;
}

/** The node that an input is linked to, with the output's number. */
function linked(workflow: PlainGraph, node: WorkflowNode, input: string): [WorkflowNode, number] {
  const link = node.inputs[input];
  if (!Array.isArray(link)) throw new Error(`${node.class_type}.${input} is no link`);
  return [workflow[link[0]]!, link[1]];
}

test.each([allInOne, apart])('every link leads to a node that stands before it', (request) => {
  const workflow = writeWorkflow({
    ...request,
    count: 2,
    shift: 5,
    init: { image: new Uint8Array(), strength: 0.5 },
    slg: { scale: 3, layers: [1], start: 0, end: 1 },
  });
  const seen = new Set<string>();
  for (const [id, node] of Object.entries(workflow)) {
    for (const input of Object.values(node.inputs)) {
      if (Array.isArray(input)) expect(seen).toContain(input[0]);
    }
    seen.add(id);
  }
});

test('samples what was asked for', () => {
  const workflow = writeWorkflow({ ...allInOne, negative: 'blurry', count: 4 });
  const sampler = only(workflow, 'KSampler');
  expect(sampler.inputs).toMatchObject({
    seed: 42,
    steps: 28,
    cfg: 4.5,
    sampler_name: 'dpmpp_2m',
    scheduler: 'sgm_uniform',
    denoise: 1,
  });
  expect(linked(workflow, sampler, 'positive')[0].inputs.text).toBe('a red fox');
  expect(linked(workflow, sampler, 'negative')[0].inputs.text).toBe('blurry');
  expect(linked(workflow, sampler, 'latent_image')[0]).toEqual({
    class_type: 'EmptySD3LatentImage',
    inputs: { width: 1024, height: 768, batch_size: 4 },
  });
  expect(linked(workflow, sampler, 'model')).toEqual([only(workflow, 'CheckpointLoaderSimple'), 0]);
  const [decode] = linked(workflow, only(workflow, 'SaveImage'), 'images');
  expect(linked(workflow, decode, 'vae')).toEqual([only(workflow, 'CheckpointLoaderSimple'), 2]);
});

test('loads separate files by their bare names', () => {
  const workflow = writeWorkflow(apart);
  expect(only(workflow, 'UNETLoader').inputs.unet_name).toBe('sd3.5_medium.safetensors');
  expect(only(workflow, 'VAELoader').inputs.vae_name).toBe('sd3_vae.safetensors');
  expect(only(workflow, 'TripleCLIPLoader').inputs).toEqual({
    clip_name1: 'clip_l.safetensors',
    clip_name2: 'clip_g.safetensors',
    clip_name3: 't5xxl_fp16.safetensors',
  });
  expect(Object.values(workflow).filter((n) => n.class_type === 'CheckpointLoaderSimple')).toEqual([]);
});

test('without T5, loads the two CLIPs', () => {
  const { t5: _, ...files } = apart.model.files;
  expect(only(writeWorkflow({ ...apart, model: { name: 'm', files } }), 'DualCLIPLoader').inputs.type).toBe(
    'sd3',
  );
});

test('patches the model only where the request differs from what ComfyUI does anyway', () => {
  const types = (changes: Parameters<typeof aRequest>[0]) =>
    Object.values(writeWorkflow(aRequest(changes))).map((node) => node.class_type);
  expect(types({})).not.toContain('ModelSamplingSD3');
  expect(types({})).not.toContain('SkipLayerGuidanceSD3');
  const workflow = writeWorkflow(
    aRequest({ shift: 1.5, slg: { scale: 3, layers: [7, 8], start: 0.01, end: 0.15 } }),
  );
  const [skip] = linked(workflow, only(workflow, 'KSampler'), 'model');
  expect(skip.inputs).toMatchObject({ layers: '7, 8', scale: 3, start_percent: 0.01, end_percent: 0.15 });
  expect(linked(workflow, skip, 'model')[0].inputs.shift).toBe(1.5);
});

test('image to image starts from a loaded picture, repeated for a batch', () => {
  const workflow = writeWorkflow(
    aRequest({ count: 2, init: { image: new Uint8Array(), strength: 0.6, transparent: false } }),
  );
  const sampler = only(workflow, 'KSampler');
  expect(sampler.inputs.denoise).toBe(0.6);
  const [repeat] = linked(workflow, sampler, 'latent_image');
  expect(repeat.inputs.amount).toBe(2);
  const [encode] = linked(workflow, repeat, 'samples');
  const [scale] = linked(workflow, encode, 'pixels');
  expect(scale.inputs).toMatchObject({ width: 1024, height: 768, crop: 'center' });
  expect(linked(workflow, scale, 'image')[0].class_type).toBe('LoadImage');
});
