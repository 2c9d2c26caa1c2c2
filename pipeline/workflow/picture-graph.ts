/** The workflow of one request: what `/imagine` asks for, as ComfyUI's nodes. */
import type { PictureRequest } from '../request.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';

/** An output of a node: what others are linked to. */
export type Output = { readonly link: { readonly node: string; readonly output: number } };
export type Add = (type: string, inputs: Readonly<Record<string, Output | string | number>>) => string;

/** Where a picture's graph begins: which nodes load the model, and which one the start picture. */
export interface Beginnings {
  loaders(request: PictureRequest, add: Add): { model: Output; clip: Output; vae: Output };
  /** Of the request's size, as an image. */
  startPicture(request: PictureRequest, add: Add): Output;
}

/** The timestep shift that ComfyUI gives every SD3 model unless a node says otherwise. */
const SD3_SHIFT = 3;

export function pictureGraph(request: PictureRequest, beginnings: Beginnings): Graph {
  const nodes = new Map<string, GraphNode>();
  const add: Add = (type, inputs) => {
    const id = String(nodes.size + 1);
    const read = Object.entries(inputs).map(([name, input]): [string, GraphInput] => [
      name,
      typeof input === 'object' ? input : { value: input },
    ]);
    nodes.set(id, { type, inputs: new Map(read) });
    return id;
  };

  const loaded = beginnings.loaders(request, add);
  const positive = add('CLIPTextEncode', { text: request.prompt, clip: loaded.clip });
  const negative = add('CLIPTextEncode', { text: request.negative, clip: loaded.clip });
  const sampled = add('KSampler', {
    seed: request.seed,
    steps: request.steps,
    cfg: request.cfg,
    sampler_name: request.sampler,
    scheduler: request.scheduler,
    denoise: request.init?.strength ?? 1,
    model: addModelPatches(request, loaded.model, add),
    positive: output(positive),
    negative: output(negative),
    latent_image: addLatent(request, loaded.vae, beginnings, add),
  });
  const decoded = add('VAEDecode', { samples: output(sampled), vae: loaded.vae });
  add('SaveImage', { filename_prefix: 'darkroom', images: output(decoded) });
  return nodes;
}

export function output(node: string, index = 0): Output {
  return { link: { node, output: index } };
}

function addModelPatches({ shift, slg }: PictureRequest, model: Output, add: Add): Output {
  let patched = model;
  if (shift !== SD3_SHIFT) patched = output(add('ModelSamplingSD3', { model: patched, shift }));
  if (slg !== undefined) {
    patched = output(
      add('SkipLayerGuidanceSD3', {
        model: patched,
        layers: slg.layers.join(', '),
        scale: slg.scale,
        start_percent: slg.start,
        end_percent: slg.end,
      }),
    );
  }
  return patched;
}

function addLatent(request: PictureRequest, vae: Output, { startPicture }: Beginnings, add: Add): Output {
  const { width, height, count } = request;
  if (request.init === undefined)
    return output(add('EmptySD3LatentImage', { width, height, batch_size: count }));
  const latent = output(add('VAEEncode', { pixels: startPicture(request, add), vae }));
  return count === 1 ? latent : output(add('RepeatLatentBatch', { samples: latent, amount: count }));
}
