/** Every node that a workflow may have, by ComfyUI's name. */
import type { NodeKind } from './node.ts';
import * as canny from './nodes/canny.ts';
import * as composite from './nodes/composite.ts';
import * as controlNet from './nodes/control-net.ts';
import * as customSampling from './nodes/custom-sampling.ts';
import * as encodeText from './nodes/encode-text.ts';
import * as joinConditioning from './nodes/join-conditioning.ts';
import * as kSamplers from './nodes/ksampler.ts';
import * as latentMask from './nodes/latent-mask.ts';
import * as latents from './nodes/latents.ts';
import * as limitConditioning from './nodes/limit-conditioning.ts';
import * as loadFiles from './nodes/load-files.ts';
import * as loadImage from './nodes/load-image.ts';
import * as loadLora from './nodes/load-lora.ts';
import * as masks from './nodes/masks.ts';
import * as patchModel from './nodes/patch-model.ts';
import * as pictures from './nodes/pictures.ts';
import * as primitives from './nodes/primitives.ts';
import * as saveImage from './nodes/save-image.ts';
import * as scale from './nodes/scale.ts';
import * as sigmas from './nodes/sigmas.ts';
import * as vaeDecode from './nodes/vae-decode.ts';
import * as vaeEncode from './nodes/vae-encode.ts';

const FAMILIES = [
  canny,
  composite,
  controlNet,
  loadFiles,
  loadImage,
  loadLora,
  encodeText,
  joinConditioning,
  limitConditioning,
  patchModel,
  kSamplers,
  customSampling,
  sigmas,
  latents,
  latentMask,
  masks,
  pictures,
  scale,
  vaeEncode,
  vaeDecode,
  saveImage,
  primitives,
];

export const NODE_KINDS: ReadonlyMap<string, NodeKind> = new Map(
  FAMILIES.flatMap((family) => Object.values(family) as unknown[])
    .filter(isNodeKind)
    .map((kind) => [kind.name, kind]),
);

function isNodeKind(value: unknown): value is NodeKind {
  return typeof value === 'object' && value !== null && 'outputs' in value && 'run' in value;
}

/** Nodes that ComfyUI has and that do not run here on purpose (`docs/workflows.md` says why). */
const REFUSED: ReadonlySet<string> = new Set(['ImageUpscaleWithModel', 'UpscaleModelLoader']);

export function isRefused(type: string): boolean {
  return REFUSED.has(type);
}
