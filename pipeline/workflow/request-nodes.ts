/** Where a request's own graph begins: its files and its pictures, which ComfyUI would know by names in its folders. */
import { basename } from 'node:path';
import { Fault } from '../../config/faults.ts';
import { pictureName } from '../image/picture-name.ts';
import type { ModelFiles, PictureRequest } from '../request.ts';
import type { HeldNetworks } from '../runtime/held-networks.ts';
import type { TextSource } from '../runtime/prompt-encoder.ts';
import type { TextWidths } from '../text/encode-prompt.ts';
import type { MmditGeometry } from '../weights/geometry.ts';
import { type OpenedModel, openModel } from '../weights/open-model.ts';
import type { SafetensorsFile } from '../weights/safetensors.ts';
import { output } from './add-node.ts';
import { fileKey, type GivenFiles } from './given-files.ts';
import { defineNode, type NodeKind } from './node.ts';
import { unpatched } from './nodes/load-files.ts';
import type { Beginnings } from './picture-graph.ts';

const MODEL = 'DarkroomModel';

export const REQUEST_BEGINNINGS: Beginnings = {
  loaders(_request, add) {
    const model = add(MODEL, {});
    return { model: output(model, 0), clip: output(model, 1), vae: output(model, 2) };
  },
  fileName: placedName,
};

/** As if each file lay in a numbered folder: names are no paths in a graph, and two files may have the same. */
function placedName(path: string, place: number): string {
  return `${place}/${basename(path)}`;
}

/** The files that this request's graph names; where they are was found out before. */
export function requestFiles({ loras = [], control, init }: PictureRequest): GivenFiles {
  const paths = new Map([
    ...loras.map(({ file }, place) => [fileKey('loras', placedName(file, place)), file] as const),
    ...(control ? [[fileKey('controlnet', placedName(control.file, 0)), control.file] as const] : []),
  ]);
  const missing = (file: string) => new Fault('workflow.file', { file, folders: ['the request'] });
  const pictures = new Map([
    ...(init ? [[pictureName('start', init.image), init.image] as const] : []),
    ...(init?.mask ? [[pictureName('mask', init.mask), init.mask] as const] : []),
    ...(control ? [[pictureName('control', control.image), control.image] as const] : []),
  ]);
  const bytes = (name: string) => {
    const found = pictures.get(name);
    if (found === undefined) throw missing(name);
    return found;
  };
  return {
    file(kind, name) {
      const path = paths.get(fileKey(kind, name));
      if (path === undefined) throw missing(name);
      return path;
    },
    picture: (name) => void bytes(name),
    bytes,
  };
}

/** An absent CLIP is as wide as what the other one leaves of the transformer's pooled vector. */
function widthsFor({ contextWidth, pooledWidth }: MmditGeometry, l?: number, g?: number): TextWidths {
  const widthL = l ?? (g === undefined ? 0 : pooledWidth - g);
  return { context: contextWidth, l: widthL, g: g ?? pooledWidth - widthL };
}

/** A model's files, checked; remembered until one of them is another one. @throws Fault weights.* */
export function openModelOnce(networks: Pick<HeldNetworks, 'opened'>, files: ModelFiles): OpenedModel {
  return networks.opened(JSON.stringify(['model', files]), () => openModel(files));
}

/** The nodes that only this request's graph has. */
export function requestNodes(request: PictureRequest): readonly NodeKind[] {
  const { files } = request.model;
  /** All of the model's files, proven to belong together; the transformer is opened at once, as it is what takes long. */
  const model = defineNode({
    name: MODEL,
    inputs: {},
    outputs: ['MODEL', 'CLIP', 'VAE'],
    async run(_inputs, { networks, enter }) {
      enter('loading');
      const opened = openModelOnce(networks, files);
      const source = networks.opened(
        JSON.stringify(['text', files]),
        (): TextSource & { files: readonly SafetensorsFile[] } => {
          const { clip_l, clip_g, t5xxl, mmdit } = opened;
          return {
            networks: { ...(clip_l && { clip_l }), ...(clip_g && { clip_g }), ...(t5xxl && { t5xxl }) },
            tokenizers: files.tokenizers,
            widths: widthsFor(mmdit.geometry, clip_l?.geometry.hiddenSize, clip_g?.geometry.hiddenSize),
            files: opened.files,
          };
        },
      );
      // With LoRA files on it, it is another network.
      if (!request.loras?.length) await networks.denoiser(opened.mmdit);
      return [unpatched(opened.mmdit), { source, loras: [] }, { network: opened.vae }];
    },
  });
  return [model];
}
