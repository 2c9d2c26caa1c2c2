/** The workflow of one request: what `/imagine` asks for, as ComfyUI's nodes. */
import { pictureName } from '../image/picture-name.ts';
import type { PictureRequest } from '../request.ts';
import { upscaleSteps } from '../upscale-steps.ts';
import { type Add, type Output, output } from './add-node.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';
import { type Started, startFrom } from './start-graph.ts';

/** Where a picture's graph begins: which nodes load the model, and what files are called. */
export interface Beginnings {
  loaders(request: PictureRequest, add: Add): { model: Output; clip: Output; vae: Output };
  /** What the graph calls a file. @param place of it in the request, told apart from others of the same name */
  fileName(path: string, place: number): string;
}

/** What `--fast` is: ComfyUI's own defaults. */
const FAST = { reuse_threshold: 0.2, start_percent: 0.15, end_percent: 0.95, verbose: false };

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
  const model = addModelPatches(request, loaded.model, add);
  const started = addStart(request, loaded.vae, add);
  const pass = (latent: Output, steps: number, denoise: number) =>
    output(
      add('KSampler', {
        seed: request.seed,
        steps,
        cfg: request.cfg,
        sampler_name: request.sampler,
        scheduler: request.scheduler,
        denoise,
        model,
        positive: guided[0],
        negative: guided[1],
        latent_image: latent,
      }),
    );
  const { upscale } = request;
  let sampled = pass(ofBatch(request, started.latent, add), request.steps, request.init?.strength ?? 1);
  if (upscale !== undefined) {
    const { width, height, strength } = upscale;
    const larger = { upscale_method: 'bislerp', width, height, crop: 'disabled' };
    sampled = pass(
      output(add('LatentUpscale', { samples: sampled, ...larger })),
      upscaleSteps(request),
      strength,
    );
  }
  const decoded = output(add('VAEDecode', { samples: sampled, vae: loaded.vae }));
  add('SaveImage', { filename_prefix: 'darkroom', images: started.withKept(decoded, upscale) });
  return nodes;
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

function addControl(
  { control, width, height }: PictureRequest,
  [positive, negative]: readonly [Output, Output],
  vae: Output,
  { fileName }: Beginnings,
  add: Add,
): readonly [Output, Output] {
  if (control === undefined) return [positive, negative];
  const picture = output(add('LoadImage', { image: pictureName('control', control.image) }));
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

function addModelPatches({ shift, slg, fast }: PictureRequest, model: Output, add: Add): Output {
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
  return fast ? output(add('EasyCache', { model: patched, ...FAST })) : patched;
}

function addStart(request: PictureRequest, vae: Output, add: Add): Started {
  const { init, width, height } = request;
  if (init !== undefined) return startFrom(request, init, vae, add);
  const latent = output(add('EmptySD3LatentImage', { width, height, batch_size: batchSize(request) }));
  return { latent, withKept: (decoded) => decoded };
}

/** A start picture once for each picture of the batch; of the batch the one picture that is wanted. */
function ofBatch(request: PictureRequest, latent: Output, add: Add): Output {
  const { init, batchIndex } = request;
  const amount = batchSize(request);
  const all =
    init === undefined || amount === 1
      ? latent
      : output(add('RepeatLatentBatch', { samples: latent, amount }));
  if (batchIndex === undefined) return all;
  return output(add('LatentFromBatch', { samples: all, batch_index: batchIndex, length: 1 }));
}

function batchSize({ count, batchIndex }: PictureRequest): number {
  return batchIndex === undefined ? count : batchIndex + 1;
}
