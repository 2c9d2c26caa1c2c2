/** Small workflows for tests, and a place where every file is found. */
import { type CheckedGraph, checkGraph, type Lookup } from '../../../pipeline/workflow/check.ts';
import type { PlainGraph } from '../../../pipeline/workflow/graph.ts';
import { readWorkflow } from '../../../pipeline/workflow/read-workflow.ts';
import { NODE_KINDS } from '../../../pipeline/workflow/registry.ts';

export const EVERYWHERE: Lookup = { file: (kind, name) => `/models/${kind}/${name}`, picture: () => {} };

/** A picture from words, as ComfyUI's first workflow is. */
export function plainWorkflow(): PlainGraph {
  return {
    '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd3.5_medium.safetensors' } },
    '2': { class_type: 'CLIPTextEncode', inputs: { text: 'a red fox', clip: ['1', 1] } },
    '3': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['1', 1] } },
    '4': { class_type: 'EmptySD3LatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
    '5': {
      class_type: 'KSampler',
      inputs: {
        model: ['1', 0],
        seed: 42,
        steps: 20,
        cfg: 4.5,
        sampler_name: 'euler',
        scheduler: 'normal',
        positive: ['2', 0],
        negative: ['3', 0],
        latent_image: ['4', 0],
        denoise: 1,
      },
    },
    '6': { class_type: 'VAEDecode', inputs: { samples: ['5', 0], vae: ['1', 2] } },
    '7': { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'test' } },
  };
}

/** The plain workflow with some inputs of a node changed. */
export function changed(node: string, inputs: Record<string, unknown>, type?: string): PlainGraph {
  const workflow = plainWorkflow();
  const old = workflow[node] ?? { class_type: type ?? '', inputs: {} };
  workflow[node] = { class_type: type ?? old.class_type, inputs: { ...old.inputs, ...inputs } };
  return workflow;
}

export function read(workflow: unknown) {
  if (workflow instanceof Uint8Array) return readWorkflow(workflow, 'w.json');
  const text = typeof workflow === 'string' ? workflow : JSON.stringify(workflow);
  return readWorkflow(Buffer.from(text), 'w.json');
}

export function check(workflow: unknown, lookup: Lookup = EVERYWHERE): CheckedGraph {
  return checkGraph(read(workflow), NODE_KINDS, lookup);
}
