/** Where the files are that a workflow names: in the folder of weights, flat or sorted as ComfyUI sorts them, or in ComfyUI's own. */
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { ModelFolders } from './find-model.ts';

/** ComfyUI's sub-folders for each kind of file; the folder itself comes first. */
const SUBFOLDERS = {
  checkpoints: ['', 'checkpoints', 'diffusion_models', 'unet'],
  diffusion_models: ['', 'diffusion_models', 'unet', 'checkpoints'],
  text_encoders: ['', 'text_encoders', 'clip'],
  vae: ['', 'vae', 'checkpoints'],
  loras: ['', 'loras'],
  controlnet: ['', 'controlnet'],
} as const;
export type WorkflowFileKind = keyof typeof SUBFOLDERS;

/** The folders of weights, and ComfyUI's. Absolute. */
function rootsOf({ modelsDir, comfyuiDir }: ModelFolders): string[] {
  return [modelsDir, ...(comfyuiDir ? [join(comfyuiDir, 'models')] : [])].map((root) => resolve(root));
}

/**
 * @param name below a folder, without a way out of it (`isName` in `pipeline/workflow/check-input.ts`); a folder in it is
 *   that of whoever made the workflow, so that the bare name will do
 * @returns the absolute path, or where it was looked for
 */
export function findWorkflowFile(
  kind: WorkflowFileKind,
  name: string,
  folders: ModelFolders,
): { readonly path: string } | { readonly folders: readonly string[] } {
  const roots = rootsOf(folders);
  return findIn(
    roots.flatMap((root) => SUBFOLDERS[kind].map((folder) => join(root, folder))),
    name,
    roots,
  );
}

/** @param beside the folder of the workflow's own file */
export function findWorkflowPicture(
  name: string,
  beside: string,
  comfyuiDir: string | undefined,
): { readonly path: string } | { readonly folders: readonly string[] } {
  const folders = [beside, ...(comfyuiDir ? [resolve(comfyuiDir, 'input')] : [])];
  // ComfyUI says behind a name which of its folders it means.
  return findIn(folders, name.replace(/ \[(input|output|temp)\]$/, ''), folders);
}

function findIn(places: readonly string[], name: string, told: readonly string[]) {
  const plain = name.replaceAll('\\', '/');
  const names = [...new Set([plain, basename(plain)])];
  const path = names.flatMap((one) => places.map((place) => join(place, one))).find(isThere);
  return path === undefined ? { folders: told } : { path };
}

/** A file, or a folder or index of a sharded model. */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
