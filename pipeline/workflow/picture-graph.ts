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
  /** What the graph calls a file. @param place of it in the request, told apart from others of the same name */
  fileName(path: string, place: number): string;
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

  const loaded = addLoras(request, beginnings.loaders(request, add), beginnings, add);
  const positive = add('CLIPTextEncode', { text: request.prompt, clip: loaded.clip });
  const negative = add('CLIPTextEncode', { text: request.negative, clip: loaded.clip });
  const guided = addControl(request, [output(positive), output(negative)], loaded.vae, beginnings, add);
  const sampled = add('KSampler', {
    seed: request.seed,
    steps: request.steps,
    cfg: request.cfg,
    sampler_name: request.sampler,
    scheduler: request.scheduler,
    denoise: request.init?.strength ?? 1,
    model: addModelPatches(request, loaded.model, add),
    positive: guided[0],
    negative: guided[1],
    latent_image: addLatent(request, loaded.vae, beginnings, add),
  });
  const decoded = add('VAEDecode', { samples: output(sampled), vae: loaded.vae });
  add('SaveImage', { filename_prefix: 'darkroom', images: output(decoded) });
  return nodes;
}

export function output(node: string, index = 0): Output {
  return { link: { node, output: index } };
}

interface Loaded {
  readonly model: Output;
  readonly clip: Output;
  readonly vae: Output;
}

function addLoras(
  { loras = [] }: PictureRequest,
  loaded: Loaded,
  { fileName }: Beginnings,
  add: Add,
): Loaded {
  return loras.reduce(({ model, clip, vae }, { file, strength }, place) => {
    const node = add('LoraLoader', {
      model,
      clip,
      lora_name: fileName(file, place),
      strength_model: strength,
      strength_clip: strength,
    });
    return { model: output(node), clip: output(node, 1), vae };
  }, loaded);
}

/** The name of a control picture in the graph. */
export const CONTROL_PICTURE = 'control.png';

function addControl(
  { control, width, height }: PictureRequest,
  [positive, negative]: readonly [Output, Output],
  vae: Output,
  { fileName }: Beginnings,
  add: Add,
): readonly [Output, Output] {
  if (control === undefined) return [positive, negative];
  const picture = output(add('LoadImage', { image: CONTROL_PICTURE }));
  const sized = output(
    add('ImageScale', { image: picture, upscale_method: 'lanczos', width, height, crop: 'center' }),
  );
  const image = control.edges
    ? output(add('Canny', { image: sized, low_threshold: 0.4, high_threshold: 0.8 }))
    : sized;
  const net = output(add('ControlNetLoader', { control_net_name: fileName(control.file, 0) }));
  const node = add('ControlNetApplyAdvanced', {
    positive,
    negative,
    control_net: net,
    image,
    strength: control.strength,
    start_percent: 0,
    end_percent: 1,
    vae,
  });
  return [output(node), output(node, 1)];
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
