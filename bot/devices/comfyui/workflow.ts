/**
 * A request as a ComfyUI server is told it: the graph that `/imagine` is, with the server's own names for model files and
 * for the pictures that were uploaded, and with an end that leaves nothing in its folder of results.
 */
import type { PictureRequest } from '../../../pipeline/request.ts';
import { type Add, output } from '../../../pipeline/workflow/add-node.ts';
import { type PlainGraph, plainGraph } from '../../../pipeline/workflow/graph.ts';
import { pictureGraph } from '../../../pipeline/workflow/picture-graph.ts';
import type { Wanted } from '../elsewhere.ts';
import type { ServerFileKind, ServerFiles } from './server-files.ts';

/**
 * @param uploaded what the server calls a picture, by the name that the graph has for it
 * @throws Error for a file that the server does not list
 */
export function serverWorkflow(
  request: PictureRequest,
  files: ServerFiles,
  uploaded: ReadonlyMap<string, string>,
): PlainGraph {
  const graph = pictureGraph(request, {
    loaders: ({ model }, add) => addLoaders(model.files, files, add),
    // LoRA files and ControlNets: told apart by where they are listed.
    fileName: (path) => files.find('loras', path) ?? nameOf(files, 'controls', path),
  });
  const plain = plainGraph(graph);
  for (const node of Object.values(plain)) {
    if (node.class_type === 'LoadImage')
      node.inputs.image = uploaded.get(String(node.inputs.image)) ?? node.inputs.image;
    // Pictures belong to whoever asked for them: `SaveImage` would keep them there for good.
    if (node.class_type === 'SaveImage') {
      node.class_type = 'PreviewImage';
      node.inputs = { images: node.inputs.images };
    }
  }
  return plain;
}

/** Whether the server lists every file of the picture. People's own workflows run where their nodes are known: here. */
export function hasAllFiles(files: ServerFiles, { model, loras = [], control, workflow }: Wanted): boolean {
  if (workflow !== undefined) return false;
  const { checkpoint, vae, clipL, clipG, t5 } = model.files;
  const isWhole = files.find('checkpoints', checkpoint) !== undefined;
  const isAlone = vae !== undefined && files.find('diffusion', checkpoint) !== undefined;
  return (
    (isWhole || isAlone) &&
    (vae === undefined || files.find('vaes', vae) !== undefined) &&
    [clipL, clipG, t5].every((part) => part === undefined || files.find('encoders', part) !== undefined) &&
    loras.every(({ file }) => files.find('loras', file) !== undefined) &&
    (control === undefined || files.find('controls', control.file) !== undefined)
  );
}

function addLoaders({ checkpoint, vae, clipL, clipG, t5 }: Files, files: ServerFiles, add: Add) {
  const whole = files.find('checkpoints', checkpoint);
  const main =
    whole === undefined
      ? add('UNETLoader', { unet_name: nameOf(files, 'diffusion', checkpoint), weight_dtype: 'default' })
      : add('CheckpointLoaderSimple', { ckpt_name: whole });
  const names = [clipL, clipG, t5].flatMap((path) => (path ? [nameOf(files, 'encoders', path)] : []));
  let clip = output(main, 1);
  if (names.length === 3) {
    const [clip_name1, clip_name2, clip_name3] = names as [string, string, string];
    clip = output(add('TripleCLIPLoader', { clip_name1, clip_name2, clip_name3 }));
  } else if (names.length === 2) {
    const [clip_name1, clip_name2] = names as [string, string];
    clip = output(add('DualCLIPLoader', { clip_name1, clip_name2, type: 'sd3' }));
  }
  const decoder = vae ? output(add('VAELoader', { vae_name: nameOf(files, 'vaes', vae) })) : output(main, 2);
  return { model: output(main), clip, vae: decoder };
}

type Files = PictureRequest['model']['files'];

function nameOf(files: ServerFiles, kind: ServerFileKind, path: string): string {
  const found = files.find(kind, path);
  if (found === undefined) throw new Error(`the server does not list ${path} any more`);
  return found;
}
