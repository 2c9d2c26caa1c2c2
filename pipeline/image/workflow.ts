/** What made a picture, as a ComfyUI workflow (API form): dropped into ComfyUI, it makes the same picture there. */
import { basename } from 'node:path';
import type { ModelFiles, PictureRequest } from '../request.ts';

/** An input is a value or a link: the number of the node it comes from, and which of that node's outputs. */
type Link = readonly [node: string, output: number];
type Input = string | number | Link;

export interface WorkflowNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, Input>>;
}
export type Workflow = Readonly<Record<string, WorkflowNode>>;

/** The timestep shift that ComfyUI gives every SD3 model unless a node says otherwise. */
const SD3_SHIFT = 3;

/**
 * The workflow of a request. Model files go by their bare names, as ComfyUI's loaders list them; the start picture
 * of image to image by the name `init.png`, to be replaced by the person's own.
 */
export function writeWorkflow(request: PictureRequest): Workflow {
  const nodes: Record<string, WorkflowNode> = {};
  const add = (class_type: string, inputs: WorkflowNode['inputs']): string => {
    const id = String(Object.keys(nodes).length + 1);
    nodes[id] = { class_type, inputs };
    return id;
  };

  const loaded = addLoaders(request.model.files, add);
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
    positive: [positive, 0],
    negative: [negative, 0],
    latent_image: addLatent(request, loaded.vae, add),
  });
  const decoded = add('VAEDecode', { samples: [sampled, 0], vae: loaded.vae });
  add('SaveImage', { filename_prefix: 'darkroom', images: [decoded, 0] });
  return nodes;
}

type Add = (class_type: string, inputs: WorkflowNode['inputs']) => string;

/**
 * A checkpoint used with a VAE and encoders of other files is loaded as a diffusion model alone, which also works
 * where it holds nothing else; otherwise as the all-in-one file that it is.
 */
function addLoaders(files: ModelFiles, add: Add): { model: Link; clip: Link; vae: Link } {
  const encoders = [files.clipL, files.clipG, files.t5].flatMap((file) => (file ? [basename(file)] : []));
  const main =
    files.vae && encoders.length > 0
      ? add('UNETLoader', { unet_name: basename(files.checkpoint), weight_dtype: 'default' })
      : add('CheckpointLoaderSimple', { ckpt_name: basename(files.checkpoint) });
  let clip: Link = [main, 1];
  if (encoders.length === 3) {
    clip = [
      add('TripleCLIPLoader', {
        clip_name1: encoders[0]!,
        clip_name2: encoders[1]!,
        clip_name3: encoders[2]!,
      }),
      0,
    ];
  } else if (encoders.length === 2) {
    clip = [add('DualCLIPLoader', { clip_name1: encoders[0]!, clip_name2: encoders[1]!, type: 'sd3' }), 0];
  }
  const vae: Link = files.vae ? [add('VAELoader', { vae_name: basename(files.vae) }), 0] : [main, 2];
  return { model: [main, 0], clip, vae };
}

function addModelPatches(request: PictureRequest, model: Link, add: Add): Link {
  let patched = model;
  if (request.shift !== SD3_SHIFT) {
    patched = [add('ModelSamplingSD3', { model: patched, shift: request.shift }), 0];
  }
  if (request.slg !== undefined) {
    const { layers, scale, start, end } = request.slg;
    patched = [
      add('SkipLayerGuidanceSD3', {
        model: patched,
        layers: layers.join(', '),
        scale,
        start_percent: start,
        end_percent: end,
      }),
      0,
    ];
  }
  return patched;
}

function addLatent(request: PictureRequest, vae: Link, add: Add): Link {
  const { width, height, count } = request;
  if (request.init === undefined) {
    return [add('EmptySD3LatentImage', { width, height, batch_size: count }), 0];
  }
  const image = add('LoadImage', { image: 'init.png' });
  const scaled = add('ImageScale', {
    image: [image, 0],
    upscale_method: 'lanczos',
    width,
    height,
    crop: 'center',
  });
  const latent = add('VAEEncode', { pixels: [scaled, 0], vae });
  return count === 1 ? [latent, 0] : [add('RepeatLatentBatch', { samples: [latent, 0], amount: count }), 0];
}
