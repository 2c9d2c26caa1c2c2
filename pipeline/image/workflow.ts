/** What made a picture, as a ComfyUI workflow (API form): dropped into ComfyUI, it makes the same picture there. */
import { basename } from 'node:path';
import type { ModelFiles, PictureRequest } from '../request.ts';
import { type Add, type Output, output } from '../workflow/add-node.ts';
import { type Graph, type PlainGraph, plainGraph } from '../workflow/graph.ts';
import { type Beginnings, pictureGraph } from '../workflow/picture-graph.ts';
import { readWorkflow } from '../workflow/read-workflow.ts';
import { NODE_KINDS } from '../workflow/registry.ts';
import { uiFormOf } from '../workflow/write-ui-form.ts';

/**
 * The workflow of a request. Model files go by their bare names, as ComfyUI's loaders list them; pictures by their content
 * (`picture-name.ts`).
 */
export function writeWorkflow(request: PictureRequest): PlainGraph {
  return plainGraph(graphOf(request));
}

/** The same as ComfyUI's page saves it; of somebody's own workflow, that one. */
export function writeUiWorkflow(request: PictureRequest): object {
  const { workflow } = request;
  const graph = workflow ? readWorkflow(Buffer.from(workflow.json), 'workflow') : graphOf(request);
  return uiFormOf(graph, NODE_KINDS);
}

function graphOf(request: PictureRequest): Graph {
  return pictureGraph(request, COMFYUI_BEGINNINGS);
}

const COMFYUI_BEGINNINGS: Beginnings = {
  fileName: (path) => basename(path),
  loaders: ({ model }, add) => addLoaders(model.files, add),
};

/**
 * A checkpoint used with a VAE and encoders of other files is loaded as a diffusion model alone, which also works
 * where it holds nothing else; otherwise as the all-in-one file that it is.
 */
function addLoaders(files: ModelFiles, add: Add): { model: Output; clip: Output; vae: Output } {
  const encoders = [files.clipL, files.clipG, files.t5].flatMap((file) => (file ? [basename(file)] : []));
  const main =
    files.vae && encoders.length > 0
      ? add('UNETLoader', { unet_name: basename(files.checkpoint), weight_dtype: 'default' })
      : add('CheckpointLoaderSimple', { ckpt_name: basename(files.checkpoint) });
  let clip = output(main, 1);
  if (encoders.length === 3) {
    const [clip_name1, clip_name2, clip_name3] = encoders as [string, string, string];
    clip = output(add('TripleCLIPLoader', { clip_name1, clip_name2, clip_name3 }));
  } else if (encoders.length === 2) {
    const [clip_name1, clip_name2] = encoders as [string, string];
    clip = output(add('DualCLIPLoader', { clip_name1, clip_name2, type: 'sd3' }));
  }
  const vae = files.vae ? output(add('VAELoader', { vae_name: basename(files.vae) })) : output(main, 2);
  return { model: output(main), clip, vae };
}
